import Foundation

/// `/connect/oauth2/authorize`: checks, internal hop, snapshot page, consent, callback.
extension Simulator {
    private static let documentedOrder = ["appid", "redirect_uri", "response_type", "scope", "state"]

    func authorize(_ request: SimulatorRequest) async throws(Behaviour.PatchError) -> SimulatorResponse {
        let parameters = FormParameters(request.query)
        let appID = parameters["appid"]
        let appBehaviour = try behaviour(app: appID, user: nil, for: request)
        guard let user = visitor(request, appBehaviour) else {
            return Pages.message("没有这个模拟用户", "No such simulated person: see SIMULATOR-USER.", status: 404)
        }
        let behaviour = try behaviour(app: appID, user: user.id, for: request)
        do {
            let visit = try admit(request, parameters, user, behaviour)
            return await show(visit, request, parameters)
        } catch {
            record(RecordedCall(endpoint: .authorize, appID: appID, code: nil, outcome: error.outcome))
            return Pages.message(error.title, error.explanation)
        }
    }

    func visitor(_ request: SimulatorRequest, _ behaviour: Behaviour) -> SimulatedUser? {
        if let id = request.header("simulator-user") { return users.first { $0.id == id } }
        let chosen = request.cookie("simulator-user") ?? behaviour.defaultUser
        return users.first { $0.id == chosen } ?? users.first
    }

    /// All checks in WeChat's order; a page for the first that fails.
    private func admit(
        _ request: SimulatorRequest,
        _ parameters: FormParameters,
        _ user: SimulatedUser,
        _ behaviour: Behaviour
    ) throws(AuthorizeProblem) -> Grants.Visit {
        if behaviour.userAgentGate, !Self.isWeChat(request.header("user-agent") ?? "") { throw .outsideWeChat }
        if let number = behaviour.errorPage { throw .number(number) }
        if behaviour.strictPattern, !Self.hasDocumentedPattern(parameters) { throw .pattern }
        guard let appID = parameters["appid"] else { throw .number(10012) }
        guard let address = parameters["redirect_uri"] else { throw .number(10011) }
        guard let scope = parameters["scope"] else { throw .number(10010) }
        guard let state = parameters["state"] else { throw .number(10013) }
        guard (parameters["response_type"] ?? "code") == "code" else { throw .pattern }
        guard let app = apps[appID] else { throw .unknownApp }
        guard app.kind == .officialAccount || app.kind == .subscriptionAccount else { throw .number(10016) }
        guard scope == "snsapi_base" || scope == "snsapi_userinfo" else { throw .scope }
        guard app.kind == .officialAccount, app.scopes.contains(scope) else { throw .number(10005) }
        guard let target = RedirectTarget(address) else { throw .number(10003) }
        if let number = target.errorPage(for: app) { throw .number(number) }
        guard state.utf8.count <= 128 else { throw .stateTooLong }
        guard !app.isTestAccount || user.isFollower else { throw .number(10006) }
        return Grants.Visit(
            query: request.query,
            person: person(user, app),
            user: user,
            app: app,
            scope: scope,
            state: state,
            target: target,
            behaviour: behaviour,
            expiresAt: now.addingTimeInterval(600)
        )
    }

    private func show(
        _ visit: Grants.Visit,
        _ request: SimulatorRequest,
        _ parameters: FormParameters
    ) async -> SimulatorResponse {
        let behaviour = visit.behaviour
        if behaviour.internalHop, parameters["connect_redirect"] == nil {
            let hop =
                "&connect_redirect=1&uin=\(draw() % 1_000_000_000)&key=\(RandomText.code(draw))"
                + "&pass_ticket=\(RandomText.code(draw))"
            record(visit, "hop")
            let query = PercentEncoding.headerSafe(request.query.replacing("#", with: "%23"))
            return Pages.redirect("/connect/oauth2/authorize?\(query)\(hop)#wechat_redirect")
        }
        if visit.scope == "snsapi_userinfo", parameters["simulator_full"] == nil, showsSnapshot(visit, parameters) {
            return await showSnapshot(visit)
        }
        if visit.scope == "snsapi_userinfo", asksConsent(visit, parameters) {
            let ticket = RandomText.code(draw)
            grants.consents[ticket] = visit
            record(visit, "consent")
            return Pages.consent(visit, ticket: ticket, english: request.prefersEnglish)
        }
        return await deliver(visit)
    }

    private func showsSnapshot(_ visit: Grants.Visit, _ parameters: FormParameters) -> Bool {
        let isForced = parameters["forceSnapShot"] == "true"
        switch visit.behaviour.snapshot {
        case .always: return true
        case .never: return isForced
        case .firstVisit:
            // Only here: a visit while there were no snapshots must not count as the first one.
            let pair = Grants.Pair(user: visit.user.id, app: visit.app.appID)
            return grants.snapshotsSeen.insert(pair).inserted || isForced
        }
    }

    private func showSnapshot(_ visit: Grants.Visit) async -> SimulatorResponse {
        let callback = callback(of: visit, person: virtualPerson(visit))
        record(visit, "snapshot")
        guard visit.behaviour.snapshotDelivery == .frame else { return Pages.redirect(callback) }
        return Pages.snapshot(visit, callback: callback)
    }

    private func asksConsent(_ visit: Grants.Visit, _ parameters: FormParameters) -> Bool {
        let isForced = parameters["forcePopup"] == "true"
        switch visit.behaviour.consent {
        case .ask: return true
        case .allow, .followerSilent: return false
        case .recentSilent:
            let allowed = grants.allowedAt[Grants.Pair(user: visit.user.id, app: visit.app.appID)]
            return isForced || allowed.map { now.timeIntervalSince($0) >= 2_592_000 } ?? true
        }
    }

    /// The person's tap on the consent page.
    func decide(_ request: SimulatorRequest) async -> SimulatorResponse {
        let parameters = request.parameters
        guard let visit = grants.consents.removeValue(forKey: parameters["ticket"] ?? ""), now < visit.expiresAt else {
            return Pages.message("页面已失效", "This page is used up. Open the link again.")
        }
        if parameters["decision"] == "allow" {
            grants.allowedAt[Grants.Pair(user: visit.user.id, app: visit.app.appID)] = now
            return await deliver(visit)
        }
        record(visit, "refused")
        guard let query = refusalQuery(visit.state, visit.behaviour) else {
            return Pages.message("已拒绝授权", "Refused. WeChat closes this page and tells nobody.")
        }
        return Pages.redirect(visit.target.callback(query: query))
    }

    /// What a callback says of a refusal; nil where there is none.
    func refusalQuery(_ state: String, _ behaviour: Behaviour) -> String? {
        let state = returnedState(state, behaviour)
        switch behaviour.refusal {
        case .noRedirect: return nil
        case .stateOnly: return state.joined(separator: "&")
        case .authDeny:
            let reason = PercentEncoding.component(behaviour.refusalReason)
            return (["code=authdeny", "reason=\(reason)"] + state).joined(separator: "&")
        }
    }

    private func deliver(_ visit: Grants.Visit) async -> SimulatorResponse {
        let address = callback(of: visit, person: visit.person)
        record(visit, "redirect")
        await repeatCallback(address, visit.behaviour)
        guard visit.behaviour.callbackRepeat == .sameBrowser else { return Pages.redirect(address) }
        return Pages.twice(address, milliseconds: Int(Seconds.clamped(visit.behaviour.callbackRepeatDelay) * 1000))
    }

    /// The requests of the callback that another visitor makes.
    func repeatCallback(_ address: String, _ behaviour: Behaviour) async {
        switch behaviour.callbackRepeat {
        case .never, .sameBrowser: break
        case .otherVisitorFirst: if let fetcher, let url = URL(string: address) { await fetcher(url) }
        case .otherVisitorAfter: repeatCallback(address, after: behaviour.callbackRepeatDelay)
        }
    }

    private func callback(of visit: Grants.Visit, person: Person) -> String {
        let code = issueCode(for: person, app: visit.app, scope: visit.scope, behaviour: visit.behaviour)
        let query = ["code=\(code)"] + returnedState(visit.state, visit.behaviour)
        return visit.target.callback(query: query.joined(separator: "&"), overHTTP: visit.behaviour.callbackOverHTTP)
    }

    /// A new code for `/sns/oauth2/access_token`.
    func issueCode(for person: Person, app: SimulatedApp, scope: String, behaviour: Behaviour) -> String {
        let code = RandomText.code(draw)
        grants.codes[code] = Grants.Code(
            appID: app.appID,
            person: person,
            scope: scope,
            expiresAt: now.addingTimeInterval(app.codeLifetime - behaviour.codeAge)
        )
        return code
    }

    func returnedState(_ state: String, _ behaviour: Behaviour) -> [String] {
        switch behaviour.stateReturn {
        case .asReal: ["state=\(StateMangling.mangled(state))"]
        case .appended: ["state=\(StateMangling.mangled(state))https://hao.example/"]
        case .dropped: []
        }
    }

    private func record(_ visit: Grants.Visit, _ outcome: String) {
        record(RecordedCall(endpoint: .authorize, appID: visit.app.appID, code: nil, outcome: outcome))
    }

    func person(_ user: SimulatedUser, _ app: SimulatedApp) -> Person {
        let platform = app.isTestAccount ? nil : app.openPlatform
        return Person(
            userID: user.id,
            openID: StableIdentifier.openID("openid", user.id, app.appID),
            unionID: platform.map { StableIdentifier.openID("unionid", user.id, $0) },
            isVirtual: false
        )
    }

    private func virtualPerson(_ visit: Grants.Visit) -> Person {
        let seed = visit.behaviour.snapshotUserIsStable ? "stable" : "\(draw())"
        let platform = visit.person.unionID == nil ? nil : visit.app.openPlatform
        return Person(
            userID: visit.user.id,
            openID: StableIdentifier.openID("virtual openid", seed, visit.user.id, visit.app.appID),
            unionID: platform.map { StableIdentifier.openID("virtual unionid", seed, visit.user.id, $0) },
            isVirtual: true
        )
    }

    /// WeCom's strings hold WeChat's token too, and are turned away all the same.
    private static func isWeChat(_ userAgent: String) -> Bool {
        let text = userAgent.lowercased()
        return text.contains("micromessenger/") && !text.contains("wxwork/")
    }

    private static func hasDocumentedPattern(_ parameters: FormParameters) -> Bool {
        let extras: Set = [
            "component_appid", "forcePopup", "forceSnapShot", "connect_redirect", "uin", "key", "pass_ticket",
            "simulator_full",
        ]
        return Array(parameters.names.prefix(5)) == documentedOrder
            && parameters.names.dropFirst(5).allSatisfy(extras.contains)
    }
}
