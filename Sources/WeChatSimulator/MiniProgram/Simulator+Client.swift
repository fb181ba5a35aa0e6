import Foundation
import JWT

/// What WeChat's client hands to a mini program or an app on the phone, for tests that have no phone.
extension Simulator {
    /// Why the client hands out nothing.
    public enum ClientProblem: Error, Hashable, Sendable {
        /// No app has this id.
        case unknownApp
        /// No person has this id.
        case unknownUser
        /// The app is of another kind.
        case wrongKind(SimulatedApp.Kind)
        /// The person has no phone number.
        case noPhoneNumber
        /// The mini program has not called `wx.login` for this person.
        case notLoggedIn
    }

    /// The code that `wx.login` gives; five minutes, one use.
    ///
    /// It also replaces the person's session key, unless ``Behaviour/sessionKeyChanges`` is off.
    ///
    /// - Parameters:
    ///   - appID: A mini program's.
    ///   - userID: Who holds the phone; nil for ``Behaviour/defaultUser``.
    public func loginCode(app appID: String, user userID: String? = nil) throws(ClientProblem) -> String {
        let (app, user) = try hands(appID, userID, as: .miniProgram)
        let behaviour = behaviour(app: app.appID, user: user.id)
        let pair = Grants.Pair(user: user.id, app: app.appID)
        let kept = behaviour.sessionKeyChanges ? nil : miniPrograms.sessionKeys[pair]
        let key = kept ?? SessionKey(draw)
        miniPrograms.sessionKeys[pair] = key
        let code = RandomText.code(draw)
        miniPrograms.logins[code] = MiniProgramGrants.LoginCode(
            appID: app.appID, person: person(user, app), sessionKey: key,
            expiresAt: now.addingTimeInterval(app.codeLifetime - behaviour.codeAge))
        return code
    }

    /// The code that a mobile app gets from `SendAuth`; ten minutes, one exchange.
    public func mobileCode(app appID: String, user userID: String? = nil) throws(ClientProblem) -> String {
        let (app, user) = try hands(appID, userID, as: .mobileApp)
        return issueCode(
            for: person(user, app), app: app, scope: "snsapi_userinfo",
            behaviour: behaviour(app: app.appID, user: user.id))
    }

    /// The code of a mini program's phone button; five minutes, one use.
    public func phoneCode(app appID: String, user userID: String? = nil) throws(ClientProblem) -> String {
        let (app, user) = try hands(appID, userID, as: .miniProgram)
        guard user.phone != nil else { throw .noPhoneNumber }
        let code = RandomText.code(draw)
        let age = behaviour(app: app.appID, user: user.id).codeAge
        miniPrograms.phones[code] = MiniProgramGrants.PhoneCode(
            appID: app.appID, userID: user.id, expiresAt: now.addingTimeInterval(app.codeLifetime - age))
        return code
    }

    /// Raw data with its signature, and encrypted data, for the person's newest session key.
    ///
    /// - Parameters:
    ///   - appID: A mini program's.
    ///   - userID: Who holds the phone; nil for ``Behaviour/defaultUser``.
    ///   - content: What it tells.
    ///   - flaw: What is to be wrong with it; nil for nothing.
    public func encryptedProfile(
        app appID: String, user userID: String? = nil, content: OpenData.Content = .userInfo,
        flaw: OpenData.Flaw? = nil
    ) throws(ClientProblem) -> OpenData {
        let (app, user) = try hands(appID, userID, as: .miniProgram)
        guard let key = miniPrograms.sessionKeys[Grants.Pair(user: user.id, app: app.appID)] else {
            throw .notLoggedIn
        }
        let told = flaw == .otherPerson ? users.first { $0.id != user.id } ?? user : user
        let text = openDataText(of: told, app: app, content: content, flaw: flaw)
        var plaintext = text.plaintext
        if content == .phoneNumber {
            guard let phone = told.phone ?? user.phone else { throw .noPhoneNumber }
            var json = WireJSON(escapesSlashes: false)
            json.addPhone(phone, timestamp: text.timestamp, appID: text.appID)
            plaintext = json.finished
        }
        var data = encrypted(plaintext, key: flaw == .wrongKey ? SessionKey(draw) : key, flaw: flaw)
        guard content != .phoneNumber else { return data }
        data.rawData = text.rawData
        data.signature = OpenDataFormat.signature(
            rawData: flaw == .wrongSignature ? text.rawData + " " : text.rawData, sessionKey: key)
        return data
    }

    private func openDataText(
        of user: SimulatedUser, app: SimulatedApp, content: OpenData.Content, flaw: OpenData.Flaw?
    ) -> OpenDataText {
        let person = person(user, app)
        let isAnonymous = behaviour(app: app.appID, user: user.id).anonymousProfiles
        return OpenDataText(
            openID: content == .userInfo ? person.openID : nil,
            unionID: content == .userInfo ? person.unionID : nil,
            nickname: isAnonymous ? "微信用户" : user.nickname,
            avatarURL: isAnonymous ? SimulatedUser.greyAvatar : user.avatarURL ?? "",
            timestamp: Int(now.timeIntervalSince1970) - (flaw == .oldTimestamp ? 86_400 : 0),
            appID: flaw == .wrongAppID ? app.appID.dropLast() + (app.appID.hasSuffix("0") ? "1" : "0") : app.appID)
    }

    private func encrypted(_ plaintext: [UInt8], key: SessionKey, flaw: OpenData.Flaw?) -> OpenData {
        var data = OpenData(rawData: "", signature: "", encryptedData: "", iv: "")
        // Long base64 has a `+` nearly always, but a test must be able to count on it.
        for _ in 0..<64 {
            let iv = RandomText.bytes(16, draw)
            data.iv = Data(iv).base64EncodedString()
            if flaw == .brokenPadding {
                let blocks = plaintext + [UInt8](repeating: 0, count: 16 - plaintext.count % 16)
                data.encryptedData =
                    OpenDataFormat.encrypt(blocks, sessionKey: key, iv: iv, padding: .none) ?? ""
            } else {
                data.encryptedData = OpenDataFormat.encrypt(plaintext, sessionKey: key, iv: iv) ?? ""
            }
            guard flaw == .plusAsSpace, !data.encryptedData.contains("+") else { break }
        }
        if flaw == .plusAsSpace {
            data.encryptedData = data.encryptedData.replacing("+", with: " ")
            data.iv = data.iv.replacing("+", with: " ")
        }
        return data
    }

    /// The app and whoever holds the phone in front of it.
    func hands(
        _ appID: String, _ userID: String?, as kind: SimulatedApp.Kind
    ) throws(ClientProblem) -> (SimulatedApp, SimulatedUser) {
        guard let app = apps[appID] else { throw .unknownApp }
        guard app.kind == kind else { throw .wrongKind(app.kind) }
        let id = userID ?? behaviour(app: appID).defaultUser
        guard let user = id == nil ? users.first : users.first(where: { $0.id == id }) else { throw .unknownUser }
        return (app, user)
    }
}
