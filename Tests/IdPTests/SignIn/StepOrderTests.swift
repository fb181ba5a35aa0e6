import HTTPTypes
import Testing

@testable import IdP

@Suite("No step of a sign-in can be skipped, reordered or answered twice")
struct StepOrderTests {
    /// A browser that presses at random whatever it has ever seen, and a stranger who knows the addresses too.
    private struct Walk {
        let app: TestApp
        let chance: StoryChance
        let browser: Browser
        let stranger: Browser
        var addresses: [String] = []
        var actions: [String] = []
        var consents: [Answer] = []
        var hasAllowed = false
        var hasAnswered = false
        /// Where each of WeChat's callbacks led to.
        var answers: [String: Set<String>] = [:]

        init(_ app: TestApp, seed: UInt64) {
            self.app = app
            chance = StoryChance(seed: seed)
            browser = Browser(app)
            stranger = Browser(app, person: "xiaoming", userAgent: Browser.safari)
        }

        private func pick<Element>(_ elements: [Element]) -> Element? {
            elements.isEmpty ? nil : elements[Int(chance.next() % UInt64(elements.count))]
        }

        /// Mostly one of the latest, as a person would, else any.
        private func pickRecent<Element>(_ elements: [Element]) -> Element? {
            chance.next() % 4 == 0 ? pick(elements) : pick(elements.suffix(3))
        }

        mutating func step(_ number: Int) async throws {
            let isStranger = chance.next() % 8 == 0
            switch number == 0 ? 0 : chance.next() % 16 {
            case 0:
                let client = pick(["third", "third", "web", "native"]) ?? "third"
                let extra = pick([[:], ["prompt": "login"], ["max_age": "0"]] as [[String: String?]]) ?? [:]
                let request = AuthorizationRequest(client, state: "s\(number)", extra)
                see(try await browser.request(request.url), byStranger: false)
            case 1...8:
                guard let address = pickRecent(addresses) else { return }
                see(try await (isStranger ? stranger : browser).request(address), byStranger: isStranger)
            case 9, 10:
                guard let action = pickRecent(actions) else { return }
                let forms = [["decision": "allow"], ["decision": "allow"], ["decision": "deny"], [:], ["decision": ""]]
                let form = pick(forms) ?? [:]
                if form["decision"] == "allow", !isStranger { hasAllowed = true }
                see(
                    try await (isStranger ? stranger : browser).request(.post, action, form: form),
                    byStranger: isStranger)
            case 11...14:
                guard let page = pickRecent(consents) else { return }
                let ticket = page.text.value(of: "value", after: "name=\"ticket\"") ?? ""
                let decision = pick(["allow", "allow", "allow", "refuse"]) ?? "allow"
                see(
                    try await browser.request(
                        .post, "https://\(TestApp.wechatHost)/connect/oauth2/authorize/decision",
                        form: ["ticket": ticket, "decision": decision]), byStranger: false)
            default:
                app.clock.advance(by: Double(chance.next() % 90))
            }
        }

        private mutating func see(_ answer: Answer, byStranger: Bool) {
            #expect(answer.status.code < 500, "\(answer.status) \(answer.page ?? answer.url)")
            if let location = answer.location { follow(location, answer, byStranger) }
            for mark in ["<a class=\"button main\"", "<a class=\"link\""] {
                if let link = answer.text.value(of: "href", after: mark), link.hasPrefix("/") {
                    addresses += [link, String(link.prefix { $0 != "?" })]
                    actions.append(String(link.prefix { $0 != "?" }))
                }
            }
            if let action = answer.text.value(of: "action", after: "<form class=\"choice\"") { actions.append(action) }
            if answer.text.contains("name=\"ticket\"") { consents.append(answer) }
            if byStranger { #expect(stranger.cookies.keys.allSatisfy { !$0.contains("session") }) }
        }

        private mutating func follow(_ location: String, _ answer: Answer, _ byStranger: Bool) {
            let host = Address.split(location)?.host
            if location.hasPrefix("/") || host == "id.example.com" || host == TestApp.wechatHost {
                let isRelativeAtWeChat = location.hasPrefix("/") && answer.url.contains(TestApp.wechatHost)
                addresses.append(isRelativeAtWeChat ? "https://\(TestApp.wechatHost)\(location)" : location)
                return
            }
            if answer.url.contains("/connections/wechat/callback") { answers[answer.url, default: []].insert(location) }
            hasAnswered = true
            guard answer.query["code"] != nil else { return }
            #expect(!byStranger, "a stranger got a code")
            #expect(hasAllowed || !(location.contains("third") || location.hasPrefix("com.example")))
        }
    }

    @Test("at random, over many seeds", arguments: 1...24)
    func randomWalk(_ seed: Int) async throws {
        try await TestApp.story { app in
            var walk = Walk(app, seed: UInt64(seed))
            for number in 0..<250 { try await walk.step(number) }
            #expect(walk.hasAnswered && app.bridge.exchanges > 0)
            // One answer for each return from WeChat, however often it came.
            for (callback, locations) in walk.answers {
                #expect(locations.count == 1, "\(callback): \(locations.sorted())")
            }
            // Each of WeChat's codes was presented once.
            let codes = app.bridge.urls.compactMap { Address.parameters($0, after: "?")["code"] }
            #expect(Set(codes).count == codes.count)
            #expect(try await app.count("users") <= 2)
            #expect(try await app.count("sessions") <= 1)
        }
    }

    @Test("an allow that is sent before the person was asked does not count")
    func allowTooEarly() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            let page = try await browser.open(AuthorizationRequest("third").url)
            #expect(page.page == "sign-in")
            let action = try #require(browser.mainLink(page)).prefix { $0 != "?" }
            _ = try await browser.request(.post, String(action), form: ["decision": "allow"])
            let consent = try await browser.press(page)
            let after = try await browser.press(consent)
            #expect(after.page == "confirm" && after.location == nil, "\(after.location ?? "")")
            #expect(try await browser.press(after).query["code"] != nil)
        }
    }

    @Test("prompt=consent asks for confirmation at an application of one's own, once a request")
    func promptConsent() async throws {
        try await TestApp.story { app in
            let browser = Browser(app)
            _ = try await app.code(in: browser)
            for _ in 0..<2 {
                let page = try await browser.open(AuthorizationRequest("web", ["prompt": "consent"]).url)
                #expect(page.page == "confirm")
                #expect(try await browser.press(page).query["code"] != nil)
            }
            let page = try await browser.open(AuthorizationRequest("web", ["prompt": "consent"]).url)
            #expect(try await browser.refuse(page).query["error"] == "access_denied")
        }
    }
}
