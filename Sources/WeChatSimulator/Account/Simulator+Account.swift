import Foundation

/// The `/cgi-bin` calls, which an account makes for itself.
extension Simulator {
    /// `/cgi-bin/token`.
    func accountToken(
        _ parameters: FormParameters, _ behaviour: Behaviour, from address: String
    ) -> CallOutcome {
        switch account(parameters, behaviour, from: address) {
        case .failure(let refusal): return refusal.outcome
        case .success(let app):
            let text = RandomText.token(draw)
            accounts.issuePlain(
                text, appID: app.appID, at: now, lifetime: Seconds.clamped(behaviour.accountTokenLifetime),
                overlap: Seconds.clamped(behaviour.accountTokenOverlap))
            return tokenAnswer(text, expiresIn: behaviour.accountTokenLifetime)
        }
    }

    /// `/cgi-bin/stable_token`.
    func stableToken(
        _ parameters: FormParameters, _ behaviour: Behaviour, from address: String
    ) -> CallOutcome {
        switch account(parameters, behaviour, from: address) {
        case .failure(let refusal):
            return refusal.outcome
        case .success(let app):
            let overlap = Seconds.clamped(behaviour.accountTokenOverlap)
            let current = accounts.stable(appID: app.appID, at: now, overlap: overlap)
            let isForced = parameters["force_refresh"] == "true"
            if isForced {
                let forced = accounts.forced(appID: app.appID, at: now)
                // Too soon after another one, nothing is refreshed: the answer is that of the normal mode.
                if let last = forced.last, let current,
                    now.timeIntervalSince(last) < behaviour.forcedRefreshInterval
                {
                    return tokenAnswer(current.text, expiresIn: current.expiresAt.timeIntervalSince(now))
                }
                guard forced.count < behaviour.forcedRefreshesPerDay else { return .error(45009) }
                accounts.noteForced(appID: app.appID, at: now)
            } else if let current {
                return tokenAnswer(current.text, expiresIn: current.expiresAt.timeIntervalSince(now))
            }
            let token = accounts.issueStable(
                RandomText.token(draw), appID: app.appID, at: now,
                lifetime: Seconds.clamped(behaviour.accountTokenLifetime), killsFormer: isForced)
            return tokenAnswer(token.text, expiresIn: behaviour.accountTokenLifetime)
        }
    }

    /// `/cgi-bin/ticket/getticket`.
    func ticket(_ parameters: FormParameters, _ behaviour: Behaviour) -> CallOutcome {
        switch liveAccount(parameters) {
        case .failure(let problem): return problem.outcome
        case .success(let app):
            guard let type = parameters["type"], ["jsapi", "wx_card"].contains(type) else { return .error(40097) }
            guard app.kind == .officialAccount || app.kind == .subscriptionAccount else { return .error(48001) }
            let lifetime = Seconds.clamped(behaviour.accountTokenLifetime)
            let ticket =
                accounts.ticket(type, appID: app.appID, at: now)
                ?? AccountTokens.Ticket(text: RandomText.ticket(draw), expiresAt: now.addingTimeInterval(lifetime))
            accounts.keep(ticket, type: type, appID: app.appID)
            var json = WireJSON()
            json.addOK()
            json.add("ticket", ticket.text)
            json.add("expires_in", Int(ticket.expiresAt.timeIntervalSince(now)))
            return .json(json.finished)
        }
    }

    /// `/cgi-bin/get_api_domain_ip` and `/cgi-bin/getcallbackip`.
    func addresses(_ parameters: FormParameters, _ list: [String]) -> CallOutcome {
        switch liveAccount(parameters) {
        case .failure(let problem): return problem.outcome
        case .success:
            var json = WireJSON()
            json.add("ip_list", list)
            return .json(json.finished)
        }
    }

    /// The account of a `/cgi-bin` token that still holds.
    func liveAccount(_ parameters: FormParameters) -> Result<SimulatedApp, CallProblem> {
        guard let text = parameters["access_token"] else { return .failure(CallProblem(number: 41001)) }
        guard let token = accounts.token(text), let app = apps[token.appID] else {
            return .failure(CallProblem(number: RandomText.isTokenShaped(text) ? 40001 : 40014))
        }
        guard now < token.expiresAt else {
            return .failure(CallProblem(number: token.isReplaced ? 40001 : 42001))
        }
        return .success(app)
    }

    private struct Refusal: Error {
        let outcome: CallOutcome
        init(_ number: Int) { outcome = .error(number) }
        init(address: String) {
            outcome = .explained(40164, "invalid ip \(address) ipv6 ::ffff:\(address), not in whitelist")
        }
    }

    /// Who asks for a token; the allow list of addresses is looked at here and nowhere else.
    private func account(
        _ parameters: FormParameters, _ behaviour: Behaviour, from address: String
    ) -> Result<SimulatedApp, Refusal> {
        guard let appID = parameters["appid"] else { return .failure(Refusal(41002)) }
        guard let secret = parameters["secret"] else { return .failure(Refusal(41004)) }
        guard parameters["grant_type"] == "client_credential" else { return .failure(Refusal(40002)) }
        guard let app = apps[appID] else { return .failure(Refusal(40013)) }
        guard app.secret == secret else { return .failure(Refusal(behaviour.wrongSecretNumber)) }
        if let allowed = app.allowedAddresses, !allowed.contains(address) { return .failure(Refusal(address: address)) }
        return .success(app)
    }

    private func tokenAnswer(_ text: String, expiresIn seconds: Double) -> CallOutcome {
        var json = WireJSON()
        json.add("access_token", text)
        json.add("expires_in", Int(Seconds.clamped(seconds)))
        return .json(json.finished)
    }
}
