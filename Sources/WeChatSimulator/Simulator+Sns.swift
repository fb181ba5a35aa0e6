import Foundation

/// The four `/sns` calls of web-page authorization, with WeChat's order of checks.
extension Simulator {
    func exchange(_ parameters: FormParameters, _ behaviour: Behaviour) -> CallOutcome {
        guard let appID = parameters["appid"] else { return .error(41002) }
        guard let secret = parameters["secret"] else { return .error(41004) }
        guard let text = parameters["code"] else { return .error(41008) }
        guard parameters["grant_type"] == "authorization_code" else { return .error(40002) }
        guard let app = apps[appID] else { return .error(40013) }
        guard app.secret == secret else { return .error(behaviour.wrongSecretNumber) }
        guard let code = grants.codes[text], code.appID == appID else { return .error(40029) }
        guard !code.isUsed else { return .error(40163) }
        guard now < code.expiresAt else { return .error(behaviour.expiredCodeNumber) }
        grants.codes[text]?.isUsed = true
        let session = Grants.Session(
            appID: appID,
            person: code.person,
            scope: code.scope,
            refreshExpiresAt: now.addingTimeInterval(behaviour.refreshTokenLifetime),
            accessToken: RandomText.token(draw),
            accessExpiresAt: now.addingTimeInterval(behaviour.accessTokenLifetime),
            refreshToken: RandomText.token(draw)
        )
        grants.open(session)
        var json = tokenFields(session, behaviour)
        let isMarked = code.person.isVirtual ? behaviour.snapshotMark : behaviour.snapshotMarkOnRealUser
        if isMarked { json.add("is_snapshotuser", 1) }
        if let unionID = code.person.unionID, code.scope != "snsapi_base", !behaviour.unionIDInProfileOnly {
            json.add("unionid", unionID)
        }
        return .json(json.finished)
    }

    func refresh(_ parameters: FormParameters, _ behaviour: Behaviour) -> CallOutcome {
        guard let appID = parameters["appid"] else { return .error(41002) }
        guard let text = parameters["refresh_token"] else { return .error(41003) }
        guard parameters["grant_type"] == "refresh_token" else { return .error(40002) }
        guard apps[appID] != nil else { return .error(40013) }
        guard var session = grants.session(refreshToken: text), session.appID == appID else { return .error(40030) }
        guard now < session.refreshExpiresAt else { return .error(behaviour.expiredRefreshTokenNumber) }
        if now >= session.accessExpiresAt { session.accessToken = RandomText.token(draw) }
        session.accessExpiresAt = now.addingTimeInterval(behaviour.accessTokenLifetime)
        if behaviour.refreshTokenChanges { session.refreshToken = RandomText.token(draw) }
        grants.update(session, refreshToken: text)
        return .json(tokenFields(session, behaviour).finished)
    }

    private func tokenFields(_ session: Grants.Session, _ behaviour: Behaviour) -> WireJSON {
        var json = WireJSON()
        json.add("access_token", session.accessToken)
        json.add("expires_in", Int(Seconds.clamped(behaviour.accessTokenLifetime)))
        json.add("refresh_token", session.refreshToken)
        json.add("openid", session.person.openID)
        json.add("scope", session.scope)
        return json
    }

    func checkToken(_ parameters: FormParameters) -> CallOutcome {
        switch liveSession(parameters) {
        case .failure(let problem): return problem.outcome
        case .success(let session):
            guard parameters["openid"] == session.person.openID else { return .error(40003) }
            return .ok
        }
    }

    func profile(_ parameters: FormParameters, _ behaviour: Behaviour) -> CallOutcome {
        switch liveSession(parameters) {
        case .failure(let problem): return problem.outcome
        case .success(let session):
            let person = session.person
            guard session.scope != "snsapi_base" else { return .error(48001) }
            guard !person.isVirtual || behaviour.snapshotProfile else { return .error(48001) }
            guard !behaviour.profileChecksOpenID || parameters["openid"] == person.openID else { return .error(40003) }
            guard let user = users.first(where: { $0.id == person.userID }) else { return .error(50002) }
            let shown =
                person.isVirtual ? SimulatedUser(id: "", nickname: "微信用户", avatarURL: SimulatedUser.greyAvatar) : user
            return .json(shown.profile(for: person, language: parameters["lang"] ?? "zh_CN"))
        }
    }

    private func liveSession(_ parameters: FormParameters) -> Result<Grants.Session, CallProblem> {
        guard let token = parameters["access_token"] else { return .failure(CallProblem(number: 41001)) }
        guard parameters["openid"] != nil else { return .failure(CallProblem(number: 41009)) }
        guard let session = grants.session(accessToken: token) else {
            // Tokens that do not even look like one are of another kind.
            return .failure(CallProblem(number: RandomText.isTokenShaped(token) ? 40001 : 40014))
        }
        guard session.accessToken == token, now < session.accessExpiresAt else {
            return .failure(CallProblem(number: 42001))
        }
        return .success(session)
    }
}

extension SimulatedUser {
    static let greyAvatar = "https://thirdwx.qlogo.cn/mmopen/vi_32/GREY/132"

    /// The profile as the call answers it.
    func profile(for person: Person, language: String) -> [UInt8] {
        var json = WireJSON()
        json.add("openid", person.openID)
        if let rawNickname {
            json.add("nickname", raw: [UInt8(ascii: "\"")] + rawNickname + [UInt8(ascii: "\"")])
        } else {
            json.add("nickname", nickname)
        }
        switch sex {
        case .number(let number): json.add("sex", number)
        case .text(let text): json.add("sex", text)
        case .absent: break
        }
        if hasRegionFields {
            json.add("language", language)
            for name in ["city", "province", "country"] { json.add(name, "") }
        }
        if let avatarURL { json.add("headimgurl", avatarURL) }
        if let privilege { json.add("privilege", privilege) }
        if let unionID = person.unionID { json.add("unionid", unionID) }
        for (name, value) in extraFields.sorted(by: { $0.key < $1.key }) { json.add(name, raw: Array(value.utf8)) }
        return json.finished
    }
}
