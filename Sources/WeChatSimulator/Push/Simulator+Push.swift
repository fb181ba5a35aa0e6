import Foundation

/// Messages and events pushed to an account's address.
extension Simulator {
    /// Why nothing can be pushed.
    public enum PushProblem: Error, Hashable, Sendable {
        /// No app has this id.
        case unknownApp
        /// No person has this id.
        case unknownUser
        /// The app has no message address.
        case noMessageServer
        /// The EncodingAESKey is not the base64 of 32 bytes without its `=`.
        case invalidKey
    }

    /// The request by which an event is pushed, for tests that carry it themselves.
    public func pushRequest(
        _ event: PushedEvent, app appID: String
    ) throws(PushProblem) -> SimulatorOutboundRequest {
        try request(for: event, app: appID, createdAt: now, id: draw())
    }

    /// Pushes an event; again, up to three times, while the answer is not `success`, a reply or nothing, in five seconds.
    @discardableResult
    public func push(_ event: PushedEvent, app appID: String) async throws(PushProblem) -> PushReport {
        var report = PushReport(isDelivered: false, attempts: [])
        // An attempt repeats the message, with a signature of its own.
        let (created, id) = (now, draw())
        for _ in 0..<max(1, behaviour(app: appID).pushAttempts) where !report.isDelivered {
            let request = try request(for: event, app: appID, createdAt: created, id: id)
            let attempt = await attempt(request)
            report.attempts.append(attempt)
            report.isDelivered = Self.isTaken(attempt, event.kind)
            let outcome = report.isDelivered ? "ok" : attempt.failure ?? attempt.status.map(String.init) ?? ""
            record(RecordedCall(endpoint: .push, appID: appID, code: nil, outcome: outcome))
        }
        return report
    }

    /// The request by which WeChat's console checks a message address, and the `echostr` that must come back.
    public func echoRequest(
        app appID: String
    ) throws(PushProblem) -> (request: SimulatorOutboundRequest, echo: String) {
        let (_, server) = try messageServer(appID)
        let echo = "\(draw() % 9_000_000_000_000_000_000 + 1_000_000_000_000_000_000)"
        let query = signedQuery(server, at: now, isForged: false).query + "&echostr=\(echo)"
        let request = SimulatorOutboundRequest(
            method: "GET", url: Self.append(query, to: server.url), body: [], timeout: .seconds(5))
        return (request, echo)
    }

    /// Checks a message address as the console does when it is saved: `echostr` must come back and nothing else.
    public func checkMessageServer(app appID: String) async throws(PushProblem) -> PushReport {
        let (request, echo) = try echoRequest(app: appID)
        let attempt = await attempt(request)
        let isRight = attempt.status == 200 && attempt.answer == echo
        record(RecordedCall(endpoint: .push, appID: appID, code: nil, outcome: isRight ? "echo" : "no echo"))
        return PushReport(isDelivered: isRight, attempts: [attempt])
    }

    private func attempt(_ request: SimulatorOutboundRequest) async -> PushReport.Attempt {
        do throws(SimulatorOutboundError) {
            guard let sender else { throw .noNetwork }
            let response = try await sender(request)
            let answer = String(String(decoding: response.body, as: UTF8.self).prefix(200))
            return PushReport.Attempt(status: response.status, answer: answer)
        } catch {
            return PushReport.Attempt(failure: error.rawValue)
        }
    }

    /// Anything else makes WeChat tell the person that the account is out of order.
    private static func isTaken(_ attempt: PushReport.Attempt, _ kind: PushedEvent.Kind) -> Bool {
        guard attempt.status == 200, let answer = attempt.answer else { return false }
        return answer.isEmpty || answer == "success" || answer.hasPrefix("<xml>") || answer.hasPrefix("{")
    }

    private func request(
        for event: PushedEvent, app appID: String, createdAt: Date, id: UInt64
    ) throws(PushProblem) -> SimulatorOutboundRequest {
        let (app, server) = try messageServer(appID)
        let userID = event.user ?? behaviour(app: appID).defaultUser
        guard let user = userID == nil ? users.first : users.first(where: { $0.id == userID }) else {
            throw .unknownUser
        }
        let age = event.flaw == .oldTimestamp ? 3600.0 : 0
        let fields = fields(of: event, user, app, createdAt: createdAt.addingTimeInterval(-age), id: id)
        let doctype = event.flaw == .entities ? Self.entities : ""
        let plain = server.format == .xml ? fields.xml(doctype: doctype) : fields.json
        var (query, timestamp, nonce) = signedQuery(
            server, at: now.addingTimeInterval(-age), isForged: event.flaw == .wrongSignature)
        query += "&openid=\(person(user, app).openID)"
        var message = plain
        if server.mode != .plain {
            let isOther = event.flaw == .otherAppID
            let key = event.flaw == .otherKey ? String(server.encodingAESKey.reversed()) : server.encodingAESKey
            guard
                let text = MessageFormat.encrypt(
                    Array(plain.utf8), appID: isOther ? "wx0000000000000000" : appID, encodingAESKey: key,
                    random: RandomText.bytes(16, draw))
            else { throw .invalidKey }
            let token = event.flaw == .wrongSignature ? "forged" : server.token
            query += "&encrypt_type=aes&msg_signature="
            query += MessageFormat.signature(token, timestamp, nonce, text)
            var envelope = server.mode == .both ? fields : MessageFields()
            if server.mode == .encrypted { envelope.add("ToUserName", app.originalID) }
            envelope.add("Encrypt", text)
            message = server.format == .xml ? envelope.xml(doctype: doctype) : envelope.json
        }
        return SimulatorOutboundRequest(
            method: "POST", url: Self.append(query, to: server.url),
            contentType: server.format == .xml ? "text/xml" : "application/json",
            body: Array(message.utf8), timeout: .seconds(5))
    }

    private func fields(
        of event: PushedEvent, _ user: SimulatedUser, _ app: SimulatedApp, createdAt: Date, id: UInt64
    ) -> MessageFields {
        let person = person(user, app)
        var fields = MessageFields()
        fields.add("ToUserName", app.originalID)
        fields.add("FromUserName", person.openID)
        fields.add("CreateTime", Int(createdAt.timeIntervalSince1970))
        guard event.kind != .text else {
            fields.add("MsgType", "text")
            fields.add("Content", event.content ?? "你好")
            fields.add("MsgId", Int(id >> 2))
            return fields
        }
        fields.add("MsgType", "event")
        fields.add("Event", event.kind.rawValue)
        if event.isAuthorizationChange {
            fields.add("OpenID", person.openID)
            fields.add("UnionID", person.unionID)
            fields.add("AppID", app.appID)
            fields.add("RevokeInfo", event.revokeInfo ?? (event.kind == .authorizationRevoked ? "205" : nil))
        } else {
            fields.add("EventKey", event.eventKey ?? "")
        }
        return fields
    }

    private func messageServer(_ appID: String) throws(PushProblem) -> (SimulatedApp, SimulatedMessageServer) {
        guard let app = apps[appID] else { throw .unknownApp }
        guard let server = app.messageServer else { throw .noMessageServer }
        return (app, server)
    }

    private func signedQuery(
        _ server: SimulatedMessageServer, at date: Date, isForged: Bool
    ) -> (query: String, timestamp: String, nonce: String) {
        let timestamp = "\(Int(date.timeIntervalSince1970))"
        let nonce = "\(draw() % 10_000_000_000)"
        let signature = MessageFormat.signature(isForged ? "forged" : server.token, timestamp, nonce)
        return ("signature=\(signature)&timestamp=\(timestamp)&nonce=\(nonce)", timestamp, nonce)
    }

    private static func append(_ query: String, to url: String) -> String {
        url + (url.contains("?") ? "&" : "?") + query
    }

    /// Entities that grow tenfold three times; harmless even where they are followed.
    private static let entities =
        "<!DOCTYPE xml [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
        + "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>"
}

extension SimulatedApp {
    /// The 原始ID by which messages name the account.
    public var originalID: String {
        "gh_" + StableIdentifier.openID("original", appID).dropFirst().prefix(12).lowercased()
    }
}
