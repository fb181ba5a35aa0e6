import Foundation
import HTTPTypes
import JWT

@testable import IdP

/// What a mini program on the seed's front end does: log in, sign requests.
struct WxLoginStory {
    static let appID = "wx0000000000000006"

    let app: TestApp
    var prefix = ""

    /// The provider's configuration with a contract of its own.
    static func contract(_ lines: String) -> (String) -> String {
        { yaml in
            yaml.replacingFirst("authing: {enabled: true}", with: "authing: {enabled: true}, \(lines)")
        }
    }

    struct Login {
        var token: String
        var key: String
    }

    /// Logs a person in, whose openid WeChat is made to say.
    func login(_ openID: String = AppCodes.openID, unionID: String? = nil) async throws -> Login {
        app.bridge.script(AppCodes.session(openID: openID, unionID: unionID))
        let answer = try await post(["appid": .string(Self.appID), "code": "023code"])
        return Login(token: answer.field("stoken"), key: answer.field("skey"))
    }

    func post(_ body: JSONObject, to path: String = "/login", headers: HTTPFields = [:]) async throws -> Answer {
        var headers = headers
        headers[.contentType] = headers[.contentType] ?? "application/json"
        return try await app.send(.post, prefix + path, headers: headers, body: JSON.object(body).text)
    }

    var milliseconds: Int64 { Int64(app.clock.now.timeIntervalSince1970 * 1000) }

    func signature(_ uri: String, _ key: String, at time: Int64? = nil, nonce: String = "42") -> String {
        let time = time ?? milliseconds
        return "SG1:\(time):\(nonce):\(SHA1.hash("\(uri):\(time):\(nonce):\(key)".utf8).hex)"
    }

    func verify(_ token: String, _ signature: String?, uri: String = "/orders?id=7") async throws -> Answer {
        var body: JSONObject = ["stoken": .string(token), "uri": .string(uri)]
        body["sig"] = signature.map { .string($0) }
        return try await post(body, to: "/login/verify")
    }
}
