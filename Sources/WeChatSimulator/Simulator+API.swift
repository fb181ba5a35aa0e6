import Foundation

/// The API host: what all its calls have in common.
extension Simulator {
    func callAPI(_ endpoint: Endpoint, _ request: SimulatorRequest) throws(Behaviour.PatchError) -> SimulatorAnswer {
        if let number = endpoint.refusal(ofMethod: request.method) {
            return .response(Self.json(error(number, oldHints: false)), after: .zero)
        }
        let json = endpoint.readsJSON ? FormParameters(json: request.body) : nil
        let parameters = json.map { FormParameters(request.query) + $0 } ?? request.parameters
        let (appID, user) = subject(of: endpoint, parameters)
        let behaviour = try behaviour(app: appID, user: user, for: request)
        let fault = takeFault(for: endpoint, host: request.header("host"), behaviour: behaviour)
        var outcome: CallOutcome?
        if fault?.isCarriedOut ?? true {
            if let number = countCall(endpoint, appID: appID, user: user, behaviour: behaviour) {
                outcome = .error(number)
            } else if endpoint.readsJSON, json == nil {
                outcome = .error(47001)
            } else {
                outcome = carryOut(endpoint, parameters, behaviour, from: request.caller)
            }
        }
        let faultName = fault.map { $0.kind == .error ? "\($0.number)" : $0.kind.rawValue }
        let name = fault?.kind == .slow ? outcome?.name : faultName ?? outcome?.name
        record(
            RecordedCall(
                endpoint: RecordedCall.Kind(endpoint),
                appID: appID,
                code: Self.code(of: endpoint, parameters),
                outcome: name ?? ""
            )
        )
        let body: [UInt8] =
            switch outcome {
            case .json(let bytes)?: bytes
            case .error(let number)?: error(number, oldHints: behaviour.oldHints)
            case .explained(let number, let text)?: error(number, text: text, oldHints: behaviour.oldHints)
            case nil: []
            }
        return answer(body, disturbedBy: fault, behaviour: behaviour)
    }

    /// Whose behaviour a call meets: the app it names or its token belongs to, and the person of its code or token.
    private func subject(of endpoint: Endpoint, _ parameters: FormParameters) -> (app: String?, user: String?) {
        switch endpoint {
        case .exchange, .refresh, .check, .profile:
            let session =
                grants.session(accessToken: parameters["access_token"] ?? "")
                ?? grants.session(refreshToken: parameters["refresh_token"] ?? "")
            let code = parameters["code"].flatMap { grants.codes[$0] }
            return (parameters["appid"] ?? session?.appID, code?.person.userID ?? session?.person.userID)
        case .login:
            return (parameters["appid"], parameters["js_code"].flatMap { miniPrograms.logins[$0] }?.person.userID)
        case .token, .stableToken:
            return (parameters["appid"], nil)
        case .sessionCheck, .phoneNumber, .ticket, .apiAddresses, .callbackAddresses:
            let code = parameters["code"].flatMap { miniPrograms.phones[$0] }
            return (parameters["access_token"].flatMap { accounts.token($0) }?.appID, code?.userID)
        }
    }

    private static func code(of endpoint: Endpoint, _ parameters: FormParameters) -> String? {
        switch endpoint {
        case .exchange, .phoneNumber: parameters["code"]
        case .login: parameters["js_code"]
        default: nil
        }
    }

    private func countCall(_ endpoint: Endpoint, appID: String?, user: String?, behaviour: Behaviour) -> Int? {
        guard let appID, apps[appID] != nil else { return nil }
        if let number = quotas.count(appID: appID, endpoint: endpoint, at: now, behaviour: behaviour) { return number }
        guard endpoint == .login, let user else { return nil }
        return quotas.countLogin(appID: appID, userID: user, at: now, behaviour: behaviour)
    }

    private func answer(_ body: [UInt8], disturbedBy fault: Fault?, behaviour: Behaviour) -> SimulatorAnswer {
        guard let fault else { return .response(Self.json(body), after: .zero) }
        switch fault.kind {
        case .error:
            return .response(Self.json(error(fault.number, oldHints: behaviour.oldHints)), after: .zero)
        case .badGateway:
            let page =
                "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>502 Bad Gateway</body>\r\n</html>\r\n"
            let headers = [(name: "Content-Type", value: "text/html")]
            return .response(SimulatorResponse(status: 502, headers: headers, body: Array(page.utf8)), after: .zero)
        case .emptyBody:
            return .response(Self.json([]), after: .zero)
        case .truncated:
            return .response(Self.json(Array(body.prefix(body.count / 2))), after: .zero)
        case .slow:
            return .response(Self.json(body), after: .seconds(Seconds.clamped(fault.seconds)))
        case .resetAfterProcessing:
            return .connectionReset(tookEffect: true)
        case .resetBeforeProcessing:
            return .connectionReset(tookEffect: false)
        case .tlsFailure:
            return .tlsFailure
        case .dnsFailure:
            return .dnsFailure
        }
    }

    /// HTTP 200 and `text/plain` without a charset, whatever the answer is.
    private static func json(_ body: [UInt8]) -> SimulatorResponse {
        SimulatorResponse(status: 200, headers: [(name: "Content-Type", value: "text/plain")], body: body)
    }

    private func error(_ number: Int, text: String? = nil, oldHints: Bool) -> [UInt8] {
        let rid = RandomText.rid(draw)
        let ending = oldHints ? ", hints: [ req_id: \(rid.prefix(8))s21 ]" : ", rid: \(rid)"
        var json = WireJSON()
        json.add("errcode", number)
        json.add("errmsg", (text ?? ErrorText.text(number)) + ending)
        return json.finished
    }

    private func carryOut(
        _ endpoint: Endpoint, _ parameters: FormParameters, _ behaviour: Behaviour, from caller: String
    ) -> CallOutcome {
        switch endpoint {
        case .exchange: exchange(parameters, behaviour)
        case .refresh: refresh(parameters, behaviour)
        case .check: checkToken(parameters)
        case .profile: profile(parameters, behaviour)
        case .login: miniProgramLogin(parameters, behaviour)
        case .sessionCheck: sessionCheck(parameters)
        case .phoneNumber: phoneNumber(parameters)
        case .token: accountToken(parameters, behaviour, from: caller)
        case .stableToken: stableToken(parameters, behaviour, from: caller)
        case .ticket: ticket(parameters, behaviour)
        case .apiAddresses: addresses(parameters, behaviour.apiAddresses)
        case .callbackAddresses: addresses(parameters, behaviour.callbackAddresses)
        }
    }
}
