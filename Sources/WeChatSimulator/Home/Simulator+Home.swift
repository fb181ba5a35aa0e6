import Foundation

/// The simulator's own page: who holds the phone, what waits for a scan, the clock, switches, apps and calls.
extension Simulator {
    /// `/`; `scope` of its query is `app:wx…` or `user:alice`, else everyone's switches are shown.
    func home(_ request: SimulatorRequest) -> SimulatorResponse {
        let scope = Self.scope(FormParameters(request.query)["scope"], apps: apps, users: users)
        let waiting = qrTickets.latest.reversed().compactMap { qrTickets.tickets[$0] }
            .filter { [408, 404].contains($0.number(at: now)) }
        return HomePage(
            users: users,
            current: visitor(request, behaviour())?.id ?? "",
            waiting: Array(waiting),
            now: now,
            scope: scope,
            switches: SwitchForm.texts(behaviour(of: scope)),
            apps: apps.values.sorted { $0.appID < $1.appID },
            calls: Array(calls.suffix(30).reversed()),
            token: pageToken,
            english: request.prefersEnglish
        ).response
    }

    /// The forms of that page; a page of another origin does not know the token.
    func homeForm(_ request: SimulatorRequest) -> SimulatorResponse {
        let parameters = request.parameters
        guard parameters["token"] == pageToken else { return Self.refusal(403, "Open the simulator's page again.") }
        let scope = Self.scope(parameters["scope"], apps: apps, users: users)
        switch parameters["action"] {
        case "advance":
            guard let seconds = parameters["seconds"].flatMap(Double.init), Seconds.range.contains(seconds) else {
                return Self.refusal(400, "No such time.")
            }
            advanceClock(by: seconds)
        case "now": setClock(to: realNow)
        case "reset": resetBehaviour(scope)
        case "forget": forgetCalls()
        case "switches":
            let patch = SwitchForm.patch(parameters, from: behaviour(of: scope))
            var trial = Behaviour()
            do { try trial.apply(json: patch) } catch { return Self.refusal(400, error.explanation) }
            patchBehaviour(scope, json: patch)
        default: return Self.refusal(400, "No such action.")
        }
        let query = HomePage.name(of: scope).map { "?scope=" + PercentEncoding.component($0) } ?? ""
        return SimulatorResponse(status: 303, headers: [(name: "Location", value: "/" + query)], body: [])
    }

    private func behaviour(of scope: Scope) -> Behaviour {
        switch scope {
        case .everyone: behaviour()
        case .app(let id): behaviour(app: id)
        case .user(let id): behaviour(user: id)
        }
    }

    private static func scope(_ text: String?, apps: [String: SimulatedApp], users: [SimulatedUser]) -> Scope {
        guard let text else { return .everyone }
        if text.hasPrefix("app:"), apps[String(text.dropFirst(4))] != nil { return .app(String(text.dropFirst(4))) }
        if text.hasPrefix("user:"), users.contains(where: { $0.id == text.dropFirst(5) }) {
            return .user(String(text.dropFirst(5)))
        }
        return .everyone
    }
}
