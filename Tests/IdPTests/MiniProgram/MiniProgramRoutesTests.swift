import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

/// What a mini program asks about its person, through the front door.
@Suite struct MiniProgramRoutesTests {
    private static let posts = ["check-session", "raw-data", "decrypt", "phone", "profile"]

    private func expect(
        _ answer: Answer, _ error: String, status: HTTPResponse.Status = .badRequest,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.error == error && answer.status == status, "\(answer.text)", sourceLocation: location)
    }

    // MARK: Who may call

    @Test("without a token that came through a mini program of this pool, nothing is said")
    func callers() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let browser = try await app.tokens("web", scope: "openid", in: Browser(app)).field("access_token")
            let code = try await app.simulator.mobileCode(app: MiniProgramPhone.mobile, user: "xiaoming")
            let mobile = try await app.exchange(code, "phone-app", type: .mobileCode).field("access_token")
            let login = try await app.simulator.loginCode(app: MiniProgramPhone.mini, user: "xiaoming")
            let answer = try await app.exchange(login, with: ["resource": "https://api.example.com/"])
            let foreign = try await app.exchange(
                try await app.simulator.loginCode(app: MiniProgramPhone.mini, user: "xiaoming"), "other-mini")
            let tokens = [
                browser, mobile, answer.field("access_token"), answer.field("id_token"), foreign.field("access_token"),
                "no-token", "a.b.c",
            ]
            for path in Self.posts.map({ "/api/v1/miniprogram/" + $0 }) {
                for token in tokens {
                    let refused = try await app.call(path, token: token, ["code": "c"])
                    expect(refused, "invalid_token", status: .unauthorized)
                    #expect(refused.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
                }
                #expect(try await app.call(path, token: nil).status == .unauthorized)
            }
            let own = try await app.call("/api/v1/miniprogram/profile", .get, token: foreign.field("access_token"))
            #expect(own.status == .unauthorized)
            let there = try await app.call(
                "/pools/other/api/v1/miniprogram/profile", .get, token: foreign.field("access_token"))
            #expect(there.status == .ok)
            #expect(app.bridge.calls("/cgi-bin/") == 0 && app.bridge.calls("/wxa/") == 0)
        }
    }

    @Test("a body that is no JSON object, or too long, is refused")
    func bodies() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let phone = try await MiniProgramPhone(app, "xiaoming")
            let path = "/api/v1/miniprogram/raw-data"
            let headers: HTTPFields = [.authorization: "Bearer \(phone.token)", .contentType: "application/json"]
            for body in [
                "[]", "{", #"{"rawData":1,"signature":"x"}"#, #"{"rawData":"x"}"#, #"{"rawData":"","signature":""}"#,
            ] {
                expect(try await app.send(.post, path, headers: headers, body: body), "invalid_request")
            }
            var form = headers
            form[.contentType] = "application/x-www-form-urlencoded"
            expect(try await app.send(.post, path, headers: form, body: "rawData=x"), "invalid_request")
            let long = try await app.send(.post, path, headers: headers, body: String(repeating: " ", count: 70_000))
            #expect(long.status == .contentTooLarge)
        }
    }

    // MARK: Session key

    @Test("check-session says whether the session key is still WeChat's newest")
    func checkSession() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let phone = try await MiniProgramPhone(app, "xiaoming")
            #expect(try await phone.call("check-session").json["valid"]?.boolValue == true)
            // A login elsewhere replaces the key.
            _ = try await app.simulator.loginCode(app: MiniProgramPhone.mini, user: "xiaoming")
            #expect(try await phone.call("check-session").json["valid"]?.boolValue == false)
            try await app.execute("DELETE FROM mini_program_sessions")
            #expect(try await phone.call("check-session").json["valid"]?.boolValue == false)
        }
    }

    @Test("raw-data: the signature of this session's key and text only")
    func rawData() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let phone = try await MiniProgramPhone(app, "xiaoming")
            let data = try await app.simulator.encryptedProfile(app: MiniProgramPhone.mini, user: "xiaoming")
            let wrong = try await app.simulator.encryptedProfile(
                app: MiniProgramPhone.mini, user: "xiaoming", flaw: .wrongSignature)
            func isValid(_ data: WeChatSimulator.OpenData) async throws -> Bool? {
                try await phone.call("raw-data", ["rawData": data.rawData, "signature": data.signature])
                    .json["valid"]?.boolValue
            }
            #expect(try await isValid(data) == true)
            #expect(try await isValid(wrong) == false)
        }
    }

    @Test("decrypt gives the profile without what names the person, also when a form has eaten its +")
    func decrypt() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let phone = try await MiniProgramPhone(app, "xiaoming")
            for flaw in [nil, WeChatSimulator.OpenData.Flaw.plusAsSpace] {
                let answer = try await phone.decrypt(flaw)
                #expect(answer.status == .ok && !answer.field("nickName").isEmpty, "\(answer.text)")
                for name in ["openId", "unionId", "watermark"] { #expect(answer.json[name] == nil) }
            }
        }
    }

    private func whole(_ answer: Answer) -> String {
        let headers = answer.headers.filter { $0.name != .xRequestID }.map { "\($0.name): \($0.value)" }
        return "\(answer.status)\n\(headers.joined(separator: "\n"))\n\n\(answer.text)"
    }

    @Test("every flaw of encrypted data gets one answer, byte for byte")
    func flaws() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let phone = try await MiniProgramPhone(app, "xiaoming")
            var answers: Set<String> = []
            for flaw in [
                WeChatSimulator.OpenData.Flaw.wrongKey, .wrongAppID, .oldTimestamp, .otherPerson, .brokenPadding,
            ] {
                let answer = try await phone.decrypt(flaw)
                expect(answer, "invalid_data")
                answers.insert(whole(answer))
            }
            answers.insert(whole(try await phone.call("decrypt", ["encryptedData": "AAAA", "iv": "?"])))
            try await app.execute("DELETE FROM mini_program_sessions")
            answers.insert(whole(try await phone.decrypt(nil)))
            #expect(answers.count == 1, "\(answers)")
        }
    }

    // MARK: Profile

    @Test("a nickname and an avatar that the person typed")
    func profile() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let phone = try await MiniProgramPhone(app, "xiaoming", scope: "openid profile")
            #expect(try await phone.get("profile").json["nickname"]?.isNull == true)
            for (name, value) in [
                ("nickname", ""), ("nickname", "   "), ("nickname", "a\u{0}b"), ("nickname", "a\u{7}b"),
                ("nickname", "a\u{202E}b"), ("nickname", String(repeating: "n", count: 65)),
                ("avatar_url", "http://a.example.com/p.png"), ("avatar_url", "javascript:alert(1)"),
                ("avatar_url", "wxfile://tmp_1.png"),
                ("avatar_url", "https://a.example.com/" + String(repeating: "p", count: 1024)),
            ] {
                expect(try await phone.call("profile", [name: value]), "invalid_request")
            }
            expect(try await phone.call("profile", [String: String]()), "invalid_request")
            let picture = "https://a.example.com/p.png"
            let changed = try await phone.call("profile", ["nickname": " 小明🐧 ", "avatar_url": picture])
            #expect(changed.field("nickname") == "小明🐧" && changed.field("avatar_url") == picture)
            _ = try await phone.call("profile", ["nickname": "<b>明</b>"])
            let stored = try await phone.get("profile")
            #expect(stored.field("nickname") == "<b>明</b>" && stored.field("avatar_url") == picture)
            let me = try await app.me(phone.token)
            #expect(me.field("nickname") == "<b>明</b>" && me.field("picture") == picture)
        }
    }

    @Test("no session key, openid, code or number stands in an answer or in the log")
    func silence() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let phone = try await MiniProgramPhone(app, "xiaoming")
            let key = try #require(
                try await app.sessionKeys().find(try await phone.account(), in: .default)
            ).exposeSecret()
            let code = try await app.simulator.phoneCode(app: MiniProgramPhone.mini, user: "xiaoming")
            var answers = [try await phone.call("check-session"), try await phone.decrypt(nil)]
            answers += [try await phone.decrypt(.wrongKey), try await phone.get("profile")]
            let number = try await phone.call("phone", ["code": code])
            #expect(number.field("phone_number") == "+8613800138000")
            let again = try await phone.call("phone", ["code": code])
            expect(again, "invalid_grant")
            let openID = try await phone.account().openID.rawValue
            for text in (answers + [number, again]).map(\.text) + app.log.lines {
                for secret in [key, openID, code] { #expect(!text.contains(secret), "\(text)") }
            }
            #expect(!app.log.lines.joined().contains("13800138000"))
        }
    }
}
