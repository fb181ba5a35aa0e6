import Foundation

/// `/connect/qrconnect`: signing in at a website with a phone.
extension Simulator {
    /// Why a phone cannot do what is asked with a QR code.
    public enum QRProblem: Error, Hashable, Sendable {
        /// There is no such code, or it has expired, or it is used up.
        case unknownCode
        /// No person has this id.
        case unknownUser
        /// It must be scanned first.
        case notScanned
    }

    /// The page with the QR code.
    func qrConnect(_ request: SimulatorRequest) async throws(Behaviour.PatchError) -> SimulatorResponse {
        let parameters = FormParameters(request.query)
        let behaviour = try behaviour(app: parameters["appid"], user: nil, for: request)
        do {
            let ticket = try admitQR(parameters, behaviour)
            qrTickets.add(ticket)
            record(RecordedCall(endpoint: .qrConnect, appID: ticket.app.appID, code: nil, outcome: "code"))
            return QRPages.code(ticket, QRPages.Options(parameters))
        } catch {
            let outcome = error.outcome
            record(RecordedCall(endpoint: .qrConnect, appID: parameters["appid"], code: nil, outcome: outcome))
            return Pages.message(error.title, error.explanation, framing: .anyone)
        }
    }

    private func admitQR(
        _ parameters: FormParameters, _ behaviour: Behaviour
    ) throws(AuthorizeProblem) -> QRTickets.Ticket {
        if let number = behaviour.errorPage { throw .number(number) }
        guard let appID = parameters["appid"], let app = apps[appID] else { throw .unknownApp }
        // One page serves for a wrong kind, scope and domain alike.
        guard app.kind == .website, parameters["scope"] == "snsapi_login",
            (parameters["response_type"] ?? "code") == "code",
            let target = parameters["redirect_uri"].flatMap(RedirectTarget.init),
            target.errorPage(for: app) == nil
        else { throw .pattern }
        return QRTickets.Ticket(
            uuid: RandomText.characters(16, RandomText.alphabet[..<62], draw),
            app: app,
            target: target,
            state: parameters["state"] ?? "",
            expiresAt: now.addingTimeInterval(Seconds.clamped(behaviour.qrCodeLifetime)))
    }

    /// The long poll of the page: answers when something happens, or after 25 seconds.
    func pollQR(_ request: SimulatorRequest) async -> SimulatorResponse {
        let parameters = FormParameters(request.query)
        let last = parameters["last"].flatMap { Int($0) } ?? 408
        // A known code only, so that strangers' requests do not wait.
        for _ in 0..<100 {
            let number = qrNumber(parameters["uuid"])
            if number != 408, number != last { break }
            do { try await sleep(.milliseconds(250)) } catch { break }
        }
        let number = qrNumber(parameters["uuid"])
        // What was told already is not told again.
        let told = number == last ? 408 : number
        var script = "window.wx_errcode=\(told);"
        switch parameters["uuid"].flatMap({ qrTickets.tickets[$0] })?.status {
        case .confirmed(let code, let address)? where told == 405:
            script +=
                parameters["f"] == "url"
                ? "window.wx_redirecturl='\(Self.quotable(address))';" : "window.wx_code='\(code)';"
        case .refused(let address?)? where told == 403 && parameters["f"] == "url":
            script += "window.wx_redirecturl='\(Self.quotable(address))';"
        default:
            script += "window.wx_code='';"
        }
        return SimulatorResponse(
            status: 200,
            headers: [
                (name: "Content-Type", value: "text/javascript; charset=utf-8"),
                (name: "Cache-Control", value: "no-cache, must-revalidate"),
            ],
            body: Array(script.utf8)
        )
    }

    /// The address as it may stand between single quotes.
    private static func quotable(_ address: String) -> String { address.replacing("'", with: "%27") }

    private func qrNumber(_ uuid: String?) -> Int {
        guard let ticket = uuid.flatMap({ qrTickets.tickets[$0] }) else { return 402 }
        return behaviour(app: ticket.app.appID).qrPollNumber ?? ticket.number(at: now)
    }

    /// A phone's camera sees the code; the phone shows its question.
    ///
    /// - Parameters:
    ///   - uuid: The code's, as `data-uuid` of the page names it.
    ///   - userID: Whose phone; nil for ``Behaviour/defaultUser``.
    public func scanQRCode(_ uuid: String, user userID: String? = nil) throws(QRProblem) {
        guard let ticket = qrTickets.tickets[uuid] else { throw .unknownCode }
        guard [408, 404].contains(ticket.number(at: now)) else { throw .unknownCode }
        let id = userID ?? behaviour(app: ticket.app.appID).defaultUser
        guard let user = id == nil ? users.first : users.first(where: { $0.id == id }) else { throw .unknownUser }
        qrTickets.tickets[uuid]?.status = .scanned(user)
        record(RecordedCall(endpoint: .qrConnect, appID: ticket.app.appID, code: nil, outcome: "scanned"))
    }

    /// The person who scanned it agrees; the desktop gets a code that lives ten minutes.
    ///
    /// - Returns: The address that the desktop goes to.
    @discardableResult
    public func confirmQRCode(_ uuid: String) async throws(QRProblem) -> String {
        let (ticket, user) = try scannedTicket(uuid)
        let behaviour = behaviour(app: ticket.app.appID, user: user.id)
        let code = issueCode(
            for: person(user, ticket.app), app: ticket.app, scope: "snsapi_login", behaviour: behaviour)
        let query = ["code=\(code)"] + returnedState(ticket.state, behaviour)
        let address = ticket.target.callback(
            query: query.joined(separator: "&"), overHTTP: behaviour.callbackOverHTTP)
        qrTickets.tickets[uuid]?.status = .confirmed(code: code, address: address)
        record(RecordedCall(endpoint: .qrConnect, appID: ticket.app.appID, code: code, outcome: "confirmed"))
        await repeatCallback(address, behaviour)
        return address
    }

    /// The person who scanned it refuses.
    public func refuseQRCode(_ uuid: String) throws(QRProblem) {
        let (ticket, user) = try scannedTicket(uuid)
        let behaviour = behaviour(app: ticket.app.appID, user: user.id)
        let query = refusalQuery(ticket.state, behaviour)
        qrTickets.tickets[uuid]?.status = .refused(address: query.map { ticket.target.callback(query: $0) })
        record(RecordedCall(endpoint: .qrConnect, appID: ticket.app.appID, code: nil, outcome: "refused"))
    }

    private func scannedTicket(_ uuid: String) throws(QRProblem) -> (QRTickets.Ticket, SimulatedUser) {
        guard let ticket = qrTickets.tickets[uuid] else { throw .unknownCode }
        guard case .scanned(let user) = ticket.status else {
            if case .waiting = ticket.status { throw .notScanned }
            throw .unknownCode
        }
        guard now < ticket.expiresAt else { throw .unknownCode }
        return (ticket, user)
    }
}
