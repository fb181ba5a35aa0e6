import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

/// A phone with a mini program in which somebody has signed in.
struct MiniProgramPhone: Sendable {
    static let mini = "wx0000000000000006"
    static let program = "wx0000000000000007"
    static let mobile = "wx0000000000000008"

    let app: TestApp
    let person: String
    let appID: String
    /// What the token endpoint said.
    let tokens: Answer

    var token: String { tokens.field("access_token") }

    init(
        _ app: TestApp, _ person: String, at appID: String = mini, client: String = "mini-one",
        scope: String = "openid phone"
    ) async throws {
        (self.app, self.person, self.appID) = (app, person, appID)
        let code = try await app.simulator.loginCode(app: appID, user: person)
        tokens = try await app.exchange(code, client, scope: scope)
        #expect(tokens.status == .ok, "\(tokens.text)")
    }

    func call(_ name: String, _ body: [String: String] = [:], link: Bool? = nil) async throws -> Answer {
        try await app.call("/api/v1/miniprogram/" + name, token: token, body, link: link)
    }

    func get(_ name: String) async throws -> Answer {
        try await app.call("/api/v1/miniprogram/" + name, .get, token: token)
    }

    func decrypt(_ flaw: WeChatSimulator.OpenData.Flaw?) async throws -> Answer {
        let data = try await app.simulator.encryptedProfile(app: appID, user: person, flaw: flaw)
        return try await call("decrypt", ["encryptedData": data.encryptedData, "iv": data.iv])
    }

    /// Who the provider takes this person for.
    func account() async throws -> WeChatAccount {
        let me = try await app.verified(tokens.field("id_token"), type: .jwt)
        let rows = try await app.database.query(
            "SELECT app_id, openid FROM wechat_openids WHERE user_id = $1 AND app_id = $2",
            [.text(me.subject), .text(appID)])
        let account = try rows.first.flatMap { try WeChatAccount($0) }
        return try #require(account)
    }

    /// The subject that the application knows.
    func subject() async throws -> String? {
        try await app.verified(tokens.field("id_token"), type: .jwt).subject
    }
}

extension TestApp {
    /// Sends a JSON body as a mini program does.
    func call(
        _ path: String, _ method: HTTPRequest.Method = .post, token: String?, _ body: [String: String] = [:],
        link: Bool? = nil
    ) async throws -> Answer {
        var headers = HTTPFields()
        headers[.authorization] = token.map { "Bearer \($0)" }
        guard method == .post else { return try await send(method, path, headers: headers) }
        headers[.contentType] = "application/json; charset=utf-8"
        var object = JSONObject(body.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
        object["link"] = link.map { .bool($0) }
        return try await send(method, path, headers: headers, body: JSON.object(object).text)
    }
}
