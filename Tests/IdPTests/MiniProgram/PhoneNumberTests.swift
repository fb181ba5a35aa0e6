import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

/// A telephone number that WeChat proved: whose it is, and whom it joins.
@Suite struct PhoneNumberTests {
    static let number = "+8613800138000"

    private func story(_ story: @escaping @Sendable (TestApp) async throws -> Void) async throws {
        try await TestApp.story(yaml: Self.joining, story)
    }

    /// Pools whose operator lets a number join accounts.
    private static func joining(_ yaml: String) -> String {
        AppCodes.yaml(yaml).replacing(
            "compatibility: {authing", with: "link_by_phone: true\n    compatibility: {authing")
    }

    /// Somebody at two mini programs that share no open platform, the second one `age` seconds after the proof at the first.
    private func twice(_ app: TestApp, after age: TimeInterval = 60) async throws -> (
        MiniProgramPhone, MiniProgramPhone
    ) {
        let first = try await MiniProgramPhone(app, "xiaoming")
        #expect(try await first.prove().status == .ok)
        app.clock.advance(by: age)
        return (first, try await MiniProgramPhone(app, "xiaoming", at: MiniProgramPhone.program, client: "mini-two"))
    }

    @Test("what the client says joins nobody unless the operator allows it: the answers and the accounts stay the same")
    func operatorDecides() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let (first, second) = try await twice(app)
            let unasked = try await second.prove()
            let asked = try await second.prove(link: true)
            #expect(asked.status == .conflict && asked.error == "phone_in_use", "\(asked.text)")
            #expect(asked.text == unasked.text)
            #expect(try await holders(app) == [first.subject()])
            #expect(try await app.count("users", where: "merged_into IS NOT NULL") == 0)
            #expect(try await app.me(second.token).status == .ok)
        }
    }

    @Test("after 30 days a proof does not say any more whose number it is: the number moves, and nobody is joined")
    func oldProof() async throws {
        try await story { app in
            let (first, second) = try await twice(app, after: PhoneNumbers.proofLifetime)
            let answer = try await second.prove(link: true)
            #expect(answer.status == .ok && answer.json["linked"]?.boolValue == false, "\(answer.text)")
            #expect(try await holders(app) == [second.subject()])
            #expect(try await app.count("users", where: "merged_into IS NOT NULL") == 0)
            #expect(try await app.count("users", where: "phone_number_proven_at IS NOT NULL") == 1)
            let again = try await MiniProgramPhone(app, "xiaoming")
            #expect(try await again.subject() == first.subject())
            #expect(try await app.me(again.token).json["phone_number"] == nil)
        }
    }

    @Test("a proof that is repeated is young again, and joins for 30 days more")
    func renewedProof() async throws {
        try await story { app in
            let first = try await MiniProgramPhone(app, "xiaoming")
            #expect(try await first.prove().status == .ok)
            app.clock.advance(by: 20 * 86_400)
            let later = try await MiniProgramPhone(app, "xiaoming")
            #expect(try await later.prove().status == .ok)
            app.clock.advance(by: PhoneNumbers.proofLifetime - 60)
            let second = try await MiniProgramPhone(app, "xiaoming", at: MiniProgramPhone.program, client: "mini-two")
            #expect(try await second.prove(link: true).json["linked"]?.boolValue == true)
            #expect(try await holders(app) == [first.subject()])
        }
    }

    private func holders(_ app: TestApp, number: String = number) async throws -> [String] {
        try await app.database.query(
            "SELECT id FROM users WHERE phone_number = $1 AND phone_number_verified = 1 AND merged_into IS NULL",
            [.text(number)]
        ).map { try $0.text("id") }
    }

    @Test("a number of another app, too old, of the future, or none at all is refused, and nothing is kept")
    func refused() async throws {
        try await PhoneNumberTests.watermark()
    }

    /// B6-11.
    @Sendable static func watermark() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let phone = try await MiniProgramPhone(app, "xiaoming")
            for refused in [
                PhoneStep(appID: MiniProgramPhone.program), PhoneStep(appID: ""), PhoneStep(age: 301),
                PhoneStep(age: -301), PhoneStep(age: 1_000_000_000), PhoneStep(country: "0"), PhoneStep(country: ""),
                PhoneStep(number: "1380013800x"), PhoneStep(number: "138001380001380013800"),
            ] {
                let answer = try await phone.prove(refused)
                #expect(answer.status != .ok && answer.json["phone_number"] == nil, "\(answer.text)")
            }
            #expect(try await app.count("users", where: "phone_number IS NOT NULL") == 0)
            for taken in [PhoneStep(age: 299), PhoneStep(age: -299)] {
                #expect(try await phone.prove(taken).status == .ok)
            }
        }
    }

    @Test("a proven number is a claim for scope phone, and no other")
    func claim() async throws {
        try await story { app in
            let phone = try await MiniProgramPhone(app, "xiaoming")
            let code = try await app.simulator.phoneCode(app: MiniProgramPhone.mini, user: "xiaoming")
            let answer = try await phone.call("phone", ["code": code])
            #expect(answer.field("phone_number") == Self.number && answer.json["linked"]?.boolValue == false)
            let me = try await app.me(phone.token)
            #expect(me.field("phone_number") == Self.number)
            #expect(me.json["phone_number_verified"]?.boolValue == true)
            let other = try await MiniProgramPhone(app, "xiaoming", scope: "openid")
            #expect(try await app.me(other.token).json["phone_number"] == nil)
            // Of another country, whose code WeChat writes as a number.
            let alice = try await MiniProgramPhone(app, "alice")
            let american = try await app.simulator.phoneCode(app: MiniProgramPhone.mini, user: "alice")
            #expect(try await alice.call("phone", ["code": american]).field("phone_number") == "+12025550123")
        }
    }

    @Test("a code works once and only for its own mini program; without WeChat it is 503")
    func codes() async throws {
        try await story { app in
            let phone = try await MiniProgramPhone(app, "xiaoming")
            let foreign = try await app.simulator.phoneCode(app: MiniProgramPhone.program, user: "xiaoming")
            let login = try await app.simulator.loginCode(app: MiniProgramPhone.mini, user: "xiaoming")
            for code in [foreign, login, "made-up"] {
                let answer = try await phone.call("phone", ["code": code])
                #expect(answer.status == .badRequest && answer.error == "invalid_grant", "\(answer.text)")
            }
            for (step, wait) in [
                (AppCodes.error(45011), "60"), (.fails(.answerLost(.timedOut)), "2"),
                (.body("<html>", status: 502), "2"),
            ] {
                app.bridge.script(step)
                let answer = try await phone.call("phone", ["code": "made-up"])
                #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] == wait, "\(answer.text)")
            }
            #expect(try await app.count("users", where: "phone_number IS NOT NULL") == 0)
        }
    }

    @Test("another account that has the number: nothing changes unless linking is asked for")
    func inUse() async throws {
        try await story { app in
            let first = try await MiniProgramPhone(app, "xiaoming")
            #expect(try await first.prove().status == .ok)
            let second = try await MiniProgramPhone(app, "xiaoming", at: MiniProgramPhone.program, client: "mini-two")
            #expect(try await first.subject() != second.subject())
            for link in [nil, false] as [Bool?] {
                let answer = try await second.prove(link: link)
                #expect(answer.status == .conflict && answer.error == "phone_in_use")
                #expect(answer.json["phone_number"] == nil)
            }
            #expect(try await holders(app) == [first.subject()])
            #expect(try await app.count("users", where: "merged_into IS NOT NULL") == 0)
        }
    }

    @Test("linked, the older account stays; the caller of the younger one signs in again and is the older one")
    func linked() async throws {
        try await story { app in
            let (first, second) = try await twice(app)
            let answer = try await second.prove(link: true)
            #expect(answer.json["linked"]?.boolValue == true && answer.json["sign_in_again"]?.boolValue == true)
            #expect(try await app.me(second.token).status == .unauthorized)
            #expect(try await second.get("profile").status == .unauthorized)
            #expect(try await app.me(first.token).status == .ok)
            let again = try await MiniProgramPhone(app, "xiaoming", at: MiniProgramPhone.program, client: "mini-two")
            #expect(try await again.subject() == first.subject())
            #expect(try await app.me(again.token).field("phone_number") == Self.number)
            #expect(try await holders(app) == [first.subject()])
        }
    }

    @Test("linked by the older account, its tokens go on, and the younger one's end")
    func linkedByOlder() async throws {
        try await story { app in
            let older = try await MiniProgramPhone(
                app, "xiaoming", at: MiniProgramPhone.program, client: "mini-two")
            app.clock.advance(by: 60)
            let younger = try await MiniProgramPhone(app, "xiaoming")
            #expect(try await younger.prove().status == .ok)
            // The older one had another number; the newest proof counts.
            #expect(try await older.prove("+8613900139000").status == .ok)
            let answer = try await older.prove(link: true)
            #expect(answer.json["linked"]?.boolValue == true && answer.json["sign_in_again"]?.boolValue == false)
            #expect(try await app.me(older.token).field("phone_number") == Self.number)
            #expect(try await app.me(younger.token).status == .unauthorized)
            let again = try await MiniProgramPhone(app, "xiaoming")
            #expect(try await again.subject() == older.subject())
        }
    }

    @Test("two people are never joined by a number: it moves to whoever proved it last")
    func twoPeople() async throws {
        try await story { app in
            // Two openids at one app.
            let xiaoming = try await MiniProgramPhone(app, "xiaoming")
            let alice = try await MiniProgramPhone(app, "alice")
            #expect(try await xiaoming.prove().status == .ok)
            let moved = try await alice.prove(link: true)
            #expect(moved.status == .ok && moved.json["linked"]?.boolValue == false)
            #expect(try await holders(app) == [alice.subject()])
            #expect(try await app.me(xiaoming.token).json["phone_number"] == nil)
            // Two unionids of one open platform.
            let browser = try await app.tokens("web", scope: "openid phone", in: Browser(app, person: "alice"))
            let subject = try await app.verified(browser.field("id_token"), type: .jwt).subject
            try await app.execute("UPDATE users SET phone_number = NULL, phone_number_verified = 0")
            try await app.execute(
                "UPDATE users SET phone_number = '\(Self.number)', phone_number_verified = 1, "
                    + "phone_number_proven_at = \(Int64(app.clock.now.timeIntervalSince1970)) "
                    + "WHERE id = '\(subject ?? "")'")
            let program = try await MiniProgramPhone(app, "xiaoming", at: MiniProgramPhone.program, client: "mini-two")
            #expect(try await program.prove(link: true).json["linked"]?.boolValue == false)
            #expect(try await holders(app) == [program.subject()])
            #expect(try await app.count("users", where: "merged_into IS NOT NULL") == 0)
        }
    }

    @Test("a blocked account keeps its number, and nobody is joined with it")
    func blocked() async throws {
        try await story { app in
            let first = try await MiniProgramPhone(app, "xiaoming")
            #expect(try await first.prove().status == .ok)
            try await app.execute("UPDATE users SET blocked = 1")
            let second = try await MiniProgramPhone(app, "xiaoming", at: MiniProgramPhone.program, client: "mini-two")
            #expect(try await second.prove(link: true).error == "phone_in_use")
            #expect(try await holders(app) == [first.subject()])
        }
    }

    @Test("a number that nobody proved joins nobody")
    func unproven() async throws {
        try await story { app in
            let first = try await MiniProgramPhone(app, "xiaoming")
            try await app.execute("UPDATE users SET phone_number = '\(Self.number)'")
            let second = try await MiniProgramPhone(app, "xiaoming", at: MiniProgramPhone.program, client: "mini-two")
            #expect(try await second.prove(link: true).json["linked"]?.boolValue == false)
            #expect(try await holders(app) == [second.subject()])
            #expect(try await app.me(first.token).status == .ok)
        }
    }

    @Test("of many proofs of one number at the same time one account has it in the end")
    func together() async throws {
        try await story { app in
            let phones = [
                try await MiniProgramPhone(app, "xiaoming"), try await MiniProgramPhone(app, "alice"),
                try await MiniProgramPhone(app, "stranger"), try await MiniProgramPhone(app, "empty-name"),
            ]
            _ = try await phones[0].prove("+8613700137000")
            try await withThrowingTaskGroup(of: Answer.self) { group in
                for phone in phones {
                    app.bridge.script(PhoneStep().answer(app.clock.now))
                    group.addTask { try await phone.call("phone", ["code": "scripted"]) }
                }
                for try await answer in group { #expect(answer.status == .ok, "\(answer.text)") }
            }
            #expect(try await holders(app).count == 1)
        }
    }

    @Test("one number in two pools is two people's affair")
    func pools() async throws {
        try await story { app in
            let here = try await MiniProgramPhone(app, "xiaoming")
            #expect(try await here.prove().status == .ok)
            let there = try await app.exchange(
                try await app.simulator.loginCode(app: MiniProgramPhone.mini, user: "xiaoming"), "other-mini",
                scope: "openid phone")
            app.bridge.script(PhoneStep().answer(app.clock.now))
            let answer = try await app.call(
                "/pools/other/api/v1/miniprogram/phone", token: there.field("access_token"), ["code": "scripted"],
                link: true)
            #expect(answer.status == .ok && answer.json["linked"]?.boolValue == false, "\(answer.text)")
            #expect(try await holders(app).count == 2)
        }
    }
}

/// What WeChat says of a phone button's code, with whatever is wrong about it.
struct PhoneStep: Sendable {
    var number = "13800138000"
    var country = "86"
    var appID = MiniProgramPhone.mini
    /// Seconds.
    var age = 0.0

    func answer(_ now: Date) -> WeChatBridge.Step {
        .body(
            """
            {"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"\(number)","purePhoneNumber":"\(number)",\
            "countryCode":"\(country)","watermark":{"timestamp":\(Int(now.timeIntervalSince1970 - age)),\
            "appid":"\(appID)"}}}
            """)
    }
}

extension MiniProgramPhone {
    /// Presses the phone button, and WeChat answers so.
    func prove(_ step: PhoneStep, link: Bool? = nil) async throws -> Answer {
        // The app's own token is fetched before the answer is scripted.
        _ = try await call("check-session")
        app.bridge.script(step.answer(app.clock.now))
        return try await call("phone", ["code": "scripted"], link: link)
    }

    /// Presses the phone button, and WeChat proves this Chinese number.
    func prove(_ number: String = PhoneNumberTests.number, link: Bool? = nil) async throws -> Answer {
        try await prove(PhoneStep(number: String(number.dropFirst(3)), appID: appID), link: link)
    }
}
