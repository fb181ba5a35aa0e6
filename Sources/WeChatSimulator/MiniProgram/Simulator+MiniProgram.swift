import Foundation
import JWT

/// The calls that a mini program's back end makes.
extension Simulator {
    /// `/sns/jscode2session`.
    func miniProgramLogin(_ parameters: FormParameters, _ behaviour: Behaviour) -> CallOutcome {
        guard let appID = parameters["appid"] else { return .error(41002) }
        guard let secret = parameters["secret"] else { return .error(41004) }
        guard let text = parameters["js_code"] else { return .error(41008) }
        guard parameters["grant_type"] == "authorization_code" else { return .error(40002) }
        guard let app = apps[appID] else { return .error(40013) }
        guard app.secret == secret else { return .error(behaviour.wrongSecretNumber) }
        guard let code = miniPrograms.logins[text], code.appID == appID else { return .error(40029) }
        guard !code.isUsed else { return .error(40163) }
        guard now < code.expiresAt else { return .error(behaviour.expiredCodeNumber) }
        miniPrograms.logins[text]?.isUsed = true
        var json = WireJSON()
        json.add("session_key", code.sessionKey.text)
        json.add("openid", code.person.openID)
        if let unionID = code.person.unionID { json.add("unionid", unionID) }
        return .json(json.finished)
    }

    /// `/wxa/checksession`.
    func sessionCheck(_ parameters: FormParameters) -> CallOutcome {
        switch liveAccount(parameters) {
        case .failure(let problem): return problem.outcome
        case .success(let app):
            guard let openID = parameters["openid"] else { return .error(41009) }
            guard parameters["sig_method"] == "hmac_sha256" else { return .error(40097) }
            guard let user = users.first(where: { person($0, app).openID == openID }) else { return .error(40003) }
            let key = miniPrograms.sessionKeys[Grants.Pair(user: user.id, app: app.appID)]
            guard let key, parameters["signature"] == OpenDataFormat.sessionSignature(key) else {
                return .error(87009)
            }
            return .ok
        }
    }

    /// `/wxa/business/getuserphonenumber`.
    func phoneNumber(_ parameters: FormParameters) -> CallOutcome {
        switch liveAccount(parameters) {
        case .failure(let problem): return problem.outcome
        case .success(let app):
            guard let text = parameters["code"], let code = miniPrograms.phones[text], !code.isUsed,
                now < code.expiresAt
            else { return .error(40029) }
            // The documented meaning of this number here: the code is another mini program's.
            guard code.appID == app.appID else { return .error(40013) }
            guard let phone = users.first(where: { $0.id == code.userID })?.phone else { return .error(50002) }
            miniPrograms.phones[text]?.isUsed = true
            var info = WireJSON()
            info.addPhone(phone, timestamp: Int(now.timeIntervalSince1970), appID: app.appID)
            var json = WireJSON()
            json.addOK()
            json.add("phone_info", raw: info.finished)
            return .json(json.finished)
        }
    }
}
