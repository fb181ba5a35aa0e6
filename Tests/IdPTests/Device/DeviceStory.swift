import HTTPTypes
import Testing

@testable import IdP

/// A device that waits to be let in.
struct WaitingDevice: Sendable {
    let app: TestApp
    let client: String
    let answer: Answer

    var deviceCode: String { answer.field("device_code") }
    var userCode: String { answer.field("user_code") }

    /// Asks the token endpoint.
    func poll(as other: String? = nil) async throws -> Answer {
        try await app.post("/oidc/token", as: other ?? client, Self.form(deviceCode))
    }

    /// Asks once more, as late as a device should.
    func pollInTime() async throws -> Answer {
        app.clock.advance(by: 5)
        return try await poll()
    }

    static func form(_ deviceCode: String) -> [String: String] {
        ["grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": deviceCode]
    }
}

extension TestApp {
    /// A device asks for its codes.
    func device(_ client: String = "tv", scope: String = "openid profile offline_access") async throws -> WaitingDevice
    {
        let answer = try await post("/oidc/device/auth", as: client, ["scope": scope])
        #expect(answer.status == .ok, "\(answer.text)")
        return WaitingDevice(app: self, client: client, answer: answer)
    }
}

extension Browser {
    /// Enters a code on the provider's page.
    func enter(_ code: String, pool: String = "") async throws -> Answer {
        try await follow(try await request(.post, pool + "/oidc/device", form: ["user_code": code]))
    }

    /// Enters a code and presses on until the page that asks for the decision.
    func reachDecision(_ code: String) async throws -> Answer {
        var page = try await enter(code)
        for _ in 0..<6 where page.page != "device-confirm" && page.status == .ok { page = try await press(page) }
        #expect(page.page == "device-confirm", "\(page.status) \(page.page ?? page.text)")
        return page
    }

    /// Presses a button of the page that asks for the decision.
    func decide(_ decision: String, on page: Answer, sendsCookies: Bool = true) async throws -> Answer {
        let ticket = try #require(page.text.value(of: "value", after: "name=\"ticket\""))
        return try await request(
            .post, "/oidc/device/confirm", form: ["ticket": ticket, "decision": decision], sendsCookies: sendsCookies)
    }

    /// Lets a device in.
    func allow(_ device: WaitingDevice) async throws {
        let done = try await decide("allow", on: try await reachDecision(device.userCode))
        #expect(done.page == "device-done", "\(done.page ?? done.text)")
    }
}
