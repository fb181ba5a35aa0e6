import JWT
import WeChat

/// One WeChat account of a person, at connections that the asking application may use.
///
/// Authing's `Identity`; its `accessToken` and `refreshToken` are always null, as WeChat's tokens are not kept.
struct SocialIdentity: Sendable {
    /// Usually one; several may name one WeChat app.
    var connections: [ConnectionID]
    var openID: String
    var unionID: String?

    var object: JSONObject {
        var object: JSONObject = [
            "provider": "wechat", "type": "openid", "userIdInIdp": .string(openID), "openid": .string(openID),
            "isSocial": true, "originConnIds": .array(connections.map { .string($0.rawValue) }),
            "accessToken": .null, "refreshToken": .null,
        ]
        object["unionid"] = unionID.map { .string($0) }
        return object
    }
}

/// Reads the WeChat accounts behind people.
struct SocialIdentityReader: Sendable {
    let database: any Database

    /// Every account of a person that this application may know: those at its own connections.
    func identities(
        of user: UserID, for application: Application, in pool: Pool
    ) async throws -> [SocialIdentity] {
        let rows = try await database.query(
            "SELECT app_id, openid, unionid FROM wechat_openids WHERE pool = $1 AND user_id = $2",
            [.text(pool.id), .text(user)])
        let known = pool.connections(of: application)
        // Sorted here: asked for the order, SQLite walks through every account of the pool.
        let found = try rows.compactMap { row -> (appID: String, identity: SocialIdentity)? in
            let appID = try row.text("app_id")
            let connections = known.filter { $0.appID.rawValue == appID }.map(\.id)
            guard !connections.isEmpty else { return nil }
            return (
                appID,
                SocialIdentity(
                    connections: connections, openID: try row.text("openid"), unionID: try row.optionalText("unionid"))
            )
        }
        return found.sorted { $0.appID < $1.appID }.map(\.identity)
    }
}
