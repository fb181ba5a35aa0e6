import Foundation

/// The four `/sns` calls, with WeChat's order of checks.
extension Simulator {
    /// What a call comes to: the JSON of its answer, or an error number.
    private enum Outcome {
        case json([UInt8])
        case error(Int)

        var name: String {
            switch self {
            case .json: "ok"
            case .error(let number): "\(number)"
            }
        }
    }

    func callAPI(_ endpoint: Endpoint, _ request: SimulatorRequest) throws(Behaviour.PatchError) -> SimulatorAnswer {
        guard request.method == "GET" || request.method == "POST" else {
            return .response(Self.json(error(43001, oldHints: false)), after: .zero)
        }
        let parameters = request.parameters
        let session =
            grants.session(accessToken: parameters["access_token"] ?? "")
            ?? grants.session(refreshToken: parameters["refresh_token"] ?? "")
        let code = parameters["code"].flatMap { grants.codes[$0] }
        let appID = parameters["appid"] ?? session?.appID
        let user = code?.person.userID ?? session?.person.userID
        let behaviour = try behaviour(app: appID, user: user, for: request)
        let fault = takeFault(for: endpoint, host: request.header("host"), behaviour: behaviour)
        var outcome: Outcome?
        if fault?.isCarriedOut ?? true {
            if let appID, apps[appID] != nil,
                let number = quotas.count(appID: appID, endpoint: endpoint, at: now, behaviour: behaviour)
            {
                outcome = .error(number)
            } else {
                outcome = carryOut(endpoint, parameters, behaviour)
            }
        }
        let faultName = fault.map { $0.kind == .error ? "\($0.number)" : $0.kind.rawValue }
        let name = fault?.kind == .slow ? outcome?.name : faultName ?? outcome?.name
        record(
            RecordedCall(
                endpoint: RecordedCall.Kind(endpoint),
                appID: appID,
                code: endpoint == .exchange ? parameters["code"] : nil,
                outcome: name ?? ""
            )
        )
        let body: [UInt8] =
            switch outcome {
            case .json(let bytes)?: bytes
            case .error(let number)?: error(number, oldHints: behaviour.oldHints)
            case nil: []
            }
        return answer(body, disturbedBy: fault, behaviour: behaviour)
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

    private func error(_ number: Int, oldHints: Bool) -> [UInt8] {
        let rid = RandomText.rid(draw)
        let ending = oldHints ? ", hints: [ req_id: \(rid.prefix(8))s21 ]" : ", rid: \(rid)"
        var json = WireJSON()
        json.add("errcode", number)
        json.add("errmsg", ErrorText.text(number) + ending)
        return json.finished
    }

    private func carryOut(_ endpoint: Endpoint, _ parameters: FormParameters, _ behaviour: Behaviour) -> Outcome {
        switch endpoint {
        case .exchange: exchange(parameters, behaviour)
        case .refresh: refresh(parameters, behaviour)
        case .check: checkToken(parameters)
        case .profile: profile(parameters, behaviour)
        }
    }

    private func exchange(_ parameters: FormParameters, _ behaviour: Behaviour) -> Outcome {
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
        if let unionID = code.person.unionID, code.scope == "snsapi_userinfo", !behaviour.unionIDInProfileOnly {
            json.add("unionid", unionID)
        }
        return .json(json.finished)
    }

    private func refresh(_ parameters: FormParameters, _ behaviour: Behaviour) -> Outcome {
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

    private func checkToken(_ parameters: FormParameters) -> Outcome {
        switch liveSession(parameters) {
        case .failure(let problem): return .error(problem.number)
        case .success(let session):
            guard parameters["openid"] == session.person.openID else { return .error(40003) }
            var json = WireJSON()
            json.add("errcode", 0)
            json.add("errmsg", "ok")
            return .json(json.finished)
        }
    }

    private func profile(_ parameters: FormParameters, _ behaviour: Behaviour) -> Outcome {
        switch liveSession(parameters) {
        case .failure(let problem): return .error(problem.number)
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

    private struct Problem: Error {
        let number: Int
    }

    private func liveSession(_ parameters: FormParameters) -> Result<Grants.Session, Problem> {
        guard let token = parameters["access_token"] else { return .failure(Problem(number: 41001)) }
        guard parameters["openid"] != nil else { return .failure(Problem(number: 41009)) }
        guard let session = grants.session(accessToken: token) else {
            // Every token of this kind begins with two digits and an underscore; others are of another kind.
            let looksRight = token.prefix(2).allSatisfy(\.isNumber) && token.dropFirst(2).hasPrefix("_")
            return .failure(Problem(number: looksRight ? 40001 : 40014))
        }
        guard session.accessToken == token, now < session.accessExpiresAt else {
            return .failure(Problem(number: 42001))
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
