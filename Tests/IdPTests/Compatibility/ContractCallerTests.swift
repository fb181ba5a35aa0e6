import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Sessions of the contracts at `/api/v1/miniprogram/…`.
@Suite struct ContractCallerTests {
    private static let path = "/api/v1/miniprogram/profile"

    private func signed(_ story: WxLoginStory, _ login: WxLoginStory.Login, _ nonce: String) throws -> HTTPFields {
        [
            try #require(HTTPField.Name("WX-LOGIN-STOKEN")): login.token,
            try #require(HTTPField.Name("WX-LOGIN-SIG")): story.signature(
                story.prefix + Self.path, login.key, nonce: nonce),
            .contentType: "application/json",
        ]
    }

    @Test("a signed request reaches its person's data, once")
    func signed() async throws {
        try await TestApp.story { app in
            let story = WxLoginStory(app: app)
            let login = try await story.login()
            let headers = try signed(story, login, "1")
            let saved = try await app.send(.post, Self.path, headers: headers, body: #"{"nickname":"小明"}"#)
            #expect(saved.status == .ok && saved.field("nickname") == "小明", "\(saved.text)")
            let again = try await app.send(.post, Self.path, headers: headers, body: #"{"nickname":"小红"}"#)
            #expect(again.status == .unauthorized)
            let read = try await app.send(Self.path, headers: try signed(story, login, "2"))
            #expect(read.field("nickname") == "小明")
            let elsewhere = try await app.send("/pools/other\(Self.path)", headers: try signed(story, login, "3"))
            #expect(elsewhere.status == .unauthorized)
            var wrong = try signed(story, login, "4")
            wrong[try #require(HTTPField.Name("WX-LOGIN-SIG"))] = "SG1:1:2:3"
            let forged = try await app.send(Self.path, headers: wrong)
            #expect(forged.status == .unauthorized)
        }
    }

    @Test("so does the tutorial's token, and the stoken in its place does not")
    func bearer() async throws {
        try await TestApp.story { app in
            app.bridge.script(AppCodes.session())
            let json: HTTPFields = [.contentType: "application/json"]
            let login = try await app.send(.post, "/v1/verify", headers: json, body: #"{"jsCode":"1"}"#)
            let other = try await WxLoginStory(app: app).login()
            for (token, status) in [(login.field("token"), 200), (other.token, 401), ("x", 401)] {
                let answer = try await app.send(Self.path, headers: [.authorization: "Bearer \(token)"])
                #expect(answer.status.code == status)
            }
            let elsewhere = try await app.send(
                "/pools/other\(Self.path)", headers: [.authorization: "Bearer \(login.field("token"))"])
            #expect(elsewhere.status == .unauthorized)
        }
    }
}
