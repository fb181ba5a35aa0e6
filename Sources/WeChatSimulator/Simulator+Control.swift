import Foundation

/// `/simulator/…`: changing the behaviour and reading what happened, for tests in any language.
///
/// Every request with a body must be `application/json`, which a page of another origin cannot send unasked.
extension Simulator {
    private struct State: Encodable {
        struct User: Encodable {
            let id: String
            let nickname: String
        }
        let now: Double
        let apps: [ShownApp]
        let users: [User]
        let behaviour: Behaviour
        let counts: [String: Int]
    }

    private struct FaultOrder: Decodable {
        let endpoint: Endpoint
        let fault: Fault
        let count: Int?
    }

    private struct ClockOrder: Decodable {
        let advance: Double?
        let set: Double?
    }

    func control(_ request: SimulatorRequest) async -> SimulatorResponse {
        let path = request.path.split(separator: "/").dropFirst().map(String.init)
        if !["GET", "DELETE"].contains(request.method),
            (request.header("content-type") ?? "").lowercased().hasPrefix("application/json") == false
        {
            return Self.refusal(415, "Send application/json.")
        }
        switch (request.method, path.first ?? "") {
        case ("GET", "state") where path.count == 1: return state()
        case ("GET", "calls") where path.count == 1: return Self.json(calls)
        case ("DELETE", "calls") where path.count == 1:
            forgetCalls()
            return Self.json(calls)
        case (_, "behaviour"): return behaviour(request, Array(path.dropFirst()))
        case ("POST", "faults") where path.count == 1: return addFaults(request)
        case ("POST", "clock") where path.count == 1: return moveClock(request)
        case ("POST", "miniprogram") where path.count == 2: return miniProgram(path[1], request)
        case ("POST", "qrconnect") where path.count == 2: return await qrControl(path[1], request)
        case (_, "apps") where path.count == 2: return appControl(path[1], request)
        case (_, "users") where path.count == 2: return userControl(path[1], request)
        case ("POST", "push") where path.count == 1: return await pushControl(request)
        case ("POST", "message-check") where path.count == 1: return await messageCheck(request)
        case ("POST", "verify-domain") where path.count == 1: return await domainControl(request)
        case ("POST", "jssdk") where path.count == 1: return jssdkControl(request)
        case ("POST", "mobile") where path == ["mobile", "code"]: return sendAuth(request)
        default:
            return Self.refusal(404, "No such control: docs/simulator.md lists them.")
        }
    }

    private func state() -> SimulatorResponse {
        let counts = Dictionary(grouping: calls) { "\($0.endpoint.rawValue) \($0.outcome)" }
        return Self.json(
            State(
                now: now.timeIntervalSince1970,
                apps: apps.values.sorted { $0.appID < $1.appID }.map(ShownApp.init),
                users: users.map { State.User(id: $0.id, nickname: $0.nickname) },
                behaviour: behaviour(),
                counts: counts.mapValues(\.count)
            )
        )
    }

    /// `behaviour`, `behaviour/apps/{appid}` or `behaviour/users/{id}`.
    private func behaviour(_ request: SimulatorRequest, _ path: [String]) -> SimulatorResponse {
        let scope: Scope
        let current: Behaviour
        if path.isEmpty {
            (scope, current) = (.everyone, behaviour())
        } else if path.count == 2, path[0] == "apps", apps[path[1]] != nil {
            (scope, current) = (.app(path[1]), behaviour(app: path[1]))
        } else if path.count == 2, path[0] == "users", users.contains(where: { $0.id == path[1] }) {
            (scope, current) = (.user(path[1]), behaviour(user: path[1]))
        } else {
            return Self.refusal(404, "No such app or user.")
        }
        switch request.method {
        case "GET":
            return Self.json(current)
        case "DELETE":
            resetBehaviour(scope)
            return Self.json(behaviour(app: scope.appID, user: scope.userID))
        case "PUT", "PATCH":
            var trial = Behaviour()
            do { try trial.apply(json: request.body) } catch { return Self.refusal(400, error.explanation) }
            if request.method == "PUT" { resetBehaviour(scope) }
            patchBehaviour(scope, json: request.body)
            return Self.json(behaviour(app: scope.appID, user: scope.userID))
        default:
            return Self.refusal(405, "GET, PUT, PATCH or DELETE.")
        }
    }

    private func addFaults(_ request: SimulatorRequest) -> SimulatorResponse {
        guard let order = try? JSONDecoder().decode(FaultOrder.self, from: Data(request.body)),
            (1...1000).contains(order.count ?? 1)
        else {
            return Self.refusal(
                400, #"Send {"endpoint": "exchange", "fault": {"kind": "error", "number": -1}, "count": 1}."#)
        }
        guard !order.fault.kind.isInProcessOnly else {
            return Self.refusal(400, Behaviour.PatchError.inProcessOnly(order.fault.kind).explanation)
        }
        for _ in 0..<(order.count ?? 1) { enqueue(order.fault, for: order.endpoint) }
        return Self.json(order.fault)
    }

    private func moveClock(_ request: SimulatorRequest) -> SimulatorResponse {
        guard let order = try? JSONDecoder().decode(ClockOrder.self, from: Data(request.body)),
            order.advance != nil || order.set != nil, Seconds.range.contains(order.advance ?? 0),
            (0...1e10).contains(order.set ?? 0)
        else {
            return Self.refusal(400, #"Send {"advance": 301} in seconds, or {"set": 1700000000} since 1970."#)
        }
        if let time = order.set { setClock(to: Date(timeIntervalSince1970: time)) }
        advanceClock(by: order.advance ?? 0)
        return Self.json(["now": now.timeIntervalSince1970])
    }

    /// Sets who holds the phone in this browser.
    func chooseUser(_ request: SimulatorRequest) -> SimulatorResponse {
        guard let id = request.parameters["user"], users.contains(where: { $0.id == id }) else {
            return Self.refusal(400, "No such user.")
        }
        return SimulatorResponse(
            status: 303,
            headers: [
                (name: "Location", value: "/"),
                (name: "Set-Cookie", value: "simulator-user=\(id); Path=/; HttpOnly; SameSite=Lax"),
            ],
            body: []
        )
    }

    static func refusal(_ status: Int, _ message: String) -> SimulatorResponse {
        json(["error": message], status: status)
    }

    static func json(_ value: some Encodable, status: Int = 200) -> SimulatorResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = (try? encoder.encode(value)).map(Array.init) ?? Array("{}".utf8)
        return SimulatorResponse(
            status: status,
            headers: [(name: "Content-Type", value: "application/json; charset=utf-8")],
            body: body
        )
    }
}

extension Simulator.Scope {
    fileprivate var appID: String? { if case .app(let id) = self { id } else { nil } }
    fileprivate var userID: String? { if case .user(let id) = self { id } else { nil } }
}

extension Behaviour.PatchError {
    var explanation: String {
        switch self {
        case .notAnObject: "The behaviour is no JSON object."
        case .unknownField(let name): "There is no behaviour \(name)."
        case .invalidValue: "A value does not fit its field; times are 0 to 1e9 seconds."
        case .inProcessOnly(let kind): "A server cannot show \(kind.rawValue): it is for in-process tests, in Swift."
        }
    }
}
