import Foundation
import HTTPTypes
import Testing
import WeChat
import WeChatSimulator

@testable import IdP

/// What op-conformance part B wants of the codes of apps: B2-7 and B3-2.
enum AppRequirements {
    /// The exchange asks what the code flow asks: is it this client's grant, this client's connection, a person who may
    /// come in, and no scope or resource beyond.
    @Sendable static func exchangeIsRestricted() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let code = try await app.simulator.loginCode(app: MiniProgramPhone.program, user: "alice")
            // Not the connection of this client, whatever it names.
            let foreign = try await app.exchange(code, "mini-one", with: ["connection": "program"])
            #expect(foreign.error == "invalid_request" && foreign.field("access_token").isEmpty)
            // A client of browser sign-in, for which every connection of the pool would do there.
            let browser = try await app.exchange(code, "web")
            #expect(browser.error == "unauthorized_client" && browser.field("access_token").isEmpty)
            #expect(try await app.isUntouched())
            let own = try await app.exchange(code, "mini-two")
            #expect(own.status == .ok)
            // A blocked person is as blocked here as in a browser.
            try await app.execute("UPDATE users SET blocked = 1")
            let again = try await app.simulator.loginCode(app: MiniProgramPhone.program, user: "alice")
            #expect(try await app.exchange(again, "mini-two").error == "invalid_grant")
        }
    }

    /// Without a code, with a made-up one, with one that was used, and with another person's after they used it.
    @Sendable static func numberByCode() async throws {
        try await TestApp.story(yaml: AppCodes.yaml) { app in
            let phone = try await MiniProgramPhone(app, "xiaoming")
            let other = try await MiniProgramPhone(app, "alice")
            let typed = try await phone.call("phone", ["phone_number": "+8613800138000"])
            #expect(typed.status == .badRequest)
            #expect(try await phone.call("phone", ["code": "made-up"]).error == "invalid_grant")
            #expect(try await app.count("users", where: "phone_number IS NOT NULL") == 0)
            let code = try await app.simulator.phoneCode(app: MiniProgramPhone.mini, user: "xiaoming")
            #expect(try await phone.call("phone", ["code": code]).status == .ok)
            for thief in [other, phone] {
                #expect(try await thief.call("phone", ["code": code]).error == "invalid_grant")
            }
            #expect(try await app.count("users", where: "phone_number IS NOT NULL") == 1)
        }
    }
}
