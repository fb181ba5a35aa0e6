import Foundation
import HTTPTypes
import Hummingbird
import Synchronization
import Testing
import WeChatSimulator

@testable import IdP

/// A visitor's browser: a cookie jar, a User-Agent, and a finger that presses what the pages offer.
final class Browser: Sendable {
    static let wechat =
        "Mozilla/5.0 (iPhone) Mobile/15E148 MicroMessenger/8.0.31(0x18001f2f) NetType/WIFI Language/zh_CN"
    static let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) AppleWebKit/605.1.15 Version/17.0 Safari/604.1"

    private struct State {
        var cookies: [String: String] = [:]
        var visited: [String] = []
        var pages: [String] = []
        var person: String
    }

    let app: TestApp
    let userAgent: String
    let languages: String?
    private let state: Mutex<State>

    /// - Parameter person: who holds the phone, a name of the simulator's zoo.
    init(_ app: TestApp, person: String = "alice", userAgent: String = Browser.wechat, languages: String? = nil) {
        self.app = app
        self.userAgent = userAgent
        self.languages = languages
        state = Mutex(State(person: person))
    }

    /// The provider's cookies by name.
    var cookies: [String: String] {
        get { state.withLock(\.cookies) }
        set { state.withLock { $0.cookies = newValue } }
    }
    /// Every address requested, oldest first.
    var visited: [String] { state.withLock(\.visited) }
    /// The body of every page shown.
    var pages: [String] { state.withLock(\.pages) }
    /// Who holds the phone.
    var person: String {
        get { state.withLock(\.person) }
        set { state.withLock { $0.person = newValue } }
    }
    /// What was asked at WeChat, oldest first.
    var wechatVisits: [String] {
        visited.filter {
            $0.contains("\(TestApp.wechatHost)/connect/oauth2/authorize?") && !$0.contains("connect_redirect")
        }
    }

    /// Opens one address and follows nothing.
    func request(_ address: String, sendsCookies: Bool = true, headers: HTTPFields = [:]) async throws -> Answer {
        try await request(.get, address, sendsCookies: sendsCookies, headers: headers)
    }

    /// Requests one address and follows nothing.
    func request(
        _ method: HTTPRequest.Method, _ address: String, form: [String: String]? = nil,
        sendsCookies: Bool = true, headers extra: HTTPFields = [:]
    ) async throws -> Answer {
        let url = address.hasPrefix("/") ? app.publicURL + address : address
        let (host, path) = try #require(Address.split(url))
        state.withLock { $0.visited.append(url) }
        let answer =
            host == TestApp.wechatHost
            ? try await wechat(method, path, form: form)
            : try await provider(method, path, form: form, sendsCookies: sendsCookies, extra: extra)
        if !answer.text.isEmpty { state.withLock { $0.pages.append(answer.text) } }
        return answer
    }

    private func provider(
        _ method: HTTPRequest.Method, _ path: String, form: [String: String]?, sendsCookies: Bool, extra: HTTPFields
    ) async throws -> Answer {
        var headers: HTTPFields = [.userAgent: userAgent, .accept: "text/html"]
        if let languages { headers[.acceptLanguage] = languages }
        let cookies = self.cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        if sendsCookies, !cookies.isEmpty { headers[.cookie] = cookies.joined(separator: "; ") }
        for field in extra { headers[field.name] = field.value }
        let answer = try await app.send(method, path, headers: headers, form: form)
        for header in answer.setCookies {
            let pair = header.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { state.withLock { $0.cookies[String(pair[0])] = String(pair[1]) } }
        }
        return answer
    }

    private func wechat(_ method: HTTPRequest.Method, _ path: String, form: [String: String]?) async throws -> Answer {
        var headers = ["user-agent": userAgent, "simulator-user": person]
        if let languages { headers["accept-language"] = languages }
        if form != nil { headers["content-type"] = "application/x-www-form-urlencoded" }
        let body = PercentEncoding.query((form ?? [:]).map { ($0.key, $0.value) })
        let answer = await app.simulator.answer(
            method: method.rawValue, pathAndQuery: path, headers: headers, body: Array(body.utf8))
        let response = try #require(answer.response)
        var fields = HTTPFields()
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return Answer(
            url: "https://\(TestApp.wechatHost)\(path)", status: .init(code: response.status), headers: fields,
            text: response.text)
    }

    /// Follows redirects between provider and WeChat; stops at a page, or at an address of somebody else.
    func follow(_ first: Answer) async throws -> Answer {
        var answer = first
        for _ in 0..<20 {
            guard let location = answer.location, let next = absolute(location, from: answer.url) else { return answer }
            answer = try await request(next)
        }
        Issue.record("redirects without end at \(answer.url)")
        return answer
    }

    /// Opens an address and follows.
    func open(_ address: String) async throws -> Answer {
        try await follow(try await request(address))
    }

    /// Opens an address and stops before WeChat calls back; the callback's address.
    func callback(_ address: String) async throws -> String {
        var answer = try await request(address)
        for _ in 0..<10 {
            if answer.url.contains(TestApp.wechatHost), answer.location == nil {
                answer = try await consent("allow", on: answer)
            }
            guard let location = answer.location, let next = absolute(location, from: answer.url) else { break }
            if next.contains("/connections/wechat/callback") { return next }
            answer = try await request(next)
        }
        Issue.record("no callback, but \(answer.status) \(answer.page ?? answer.url)")
        return ""
    }

    /// The address of a page's main control.
    func mainLink(_ page: Answer) -> String? {
        page.text.value(of: "href", after: "<a class=\"button main\"")
    }

    /// Presses the main control of a page, ours or WeChat's.
    func press(_ page: Answer) async throws -> Answer {
        if page.text.contains("name=\"ticket\"") {
            return try await follow(try await consent("allow", on: page))
        }
        if let action = page.text.value(of: "action", after: "<form class=\"choice\"") {
            return try await follow(try await request(.post, action, form: ["decision": "allow"]))
        }
        guard let link = mainLink(page), let next = absolute(link, from: page.url) else {
            Issue.record("nothing to press on \(page.page ?? page.url)")
            return page
        }
        return try await open(next)
    }

    /// Presses refuse or deny.
    func refuse(_ page: Answer) async throws -> Answer {
        if page.text.contains("name=\"ticket\"") {
            return try await follow(try await consent("refuse", on: page))
        }
        let action = try #require(page.text.value(of: "action", after: "<form class=\"choice\""))
        return try await follow(try await request(.post, action, form: ["decision": "deny"]))
    }

    /// Presses the second control of a page.
    func skip(_ page: Answer) async throws -> Answer {
        try await open(try #require(page.text.value(of: "href", after: "<a class=\"link\"")))
    }

    /// Presses on, page after page, until the browser leaves for an application.
    func pressOn(_ first: Answer) async throws -> Answer {
        var answer = first
        for _ in 0..<8 where answer.location == nil {
            answer = try await press(answer)
        }
        return answer
    }

    private func consent(_ decision: String, on page: Answer) async throws -> Answer {
        let ticket = try #require(page.text.value(of: "value", after: "name=\"ticket\""))
        return try await request(
            .post, "https://\(TestApp.wechatHost)/connect/oauth2/authorize/decision",
            form: ["ticket": ticket, "decision": decision])
    }

    /// An address to go on to; nil when it belongs to neither the provider nor WeChat.
    private func absolute(_ location: String, from url: String) -> String? {
        let (host, _) = Address.split(url) ?? ("", "")
        let whole = location.hasPrefix("/") ? "https://\(host)\(location)" : location
        let known = [app.publicURL, "https://\(TestApp.wechatHost)"]
        let isKnown = known.contains { whole.hasPrefix($0 + "/") || whole == $0 }
        guard isKnown || (location.hasPrefix("/") && host == Address.split(app.publicURL)?.host) else { return nil }
        return isKnown ? whole : app.publicURL + location
    }
}
