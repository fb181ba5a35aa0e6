import HTTPTypes
import JWT
import Testing

@testable import IdP

/// Hostile requests to every endpoint that takes parameters.
///
/// Whatever is sent is refused by a 4xx or by the redirect of the RFC, unless chance left the request as it was.
struct EndpointFuzz {
    private static let pieces = [
        "&", "&&", "=", "?", "#", ";", "+", " ", "%", "%%", "%0", "%zz", "%00", "\u{0}", "%ED%A0%80", "%ED%BF%BF",
        "%C0%AF", "%FF", "%F4%90%80%80", "\r\n", "%0d%0aSet-Cookie:%20a=b", "%u0041", "é", "\u{202E}", "\u{301}",
        "<script>", "\"", "'", "{{", "\\", "[]", "&scope=openid&scope=openid", "&prompt=none", "&max_age=-1",
        "&max_age=99999999999999999999", "&claims=%7B", "&claims=%5B%5D", "&claims=null", "&resource=x",
        "&response_mode=form_post", "&response_mode=fragment", "&id_token_hint=a.b.c", "&request=e30",
        "&client_id=basic", "&client_secret=x", "&ui_locales=%2A", "&grant_type=refresh_token", "&code=%00",
        "&user_code=%F0%9F%92%A9", "&decision=allow", "&token=.", "&state=%ED%A0%80",
        "&redirect_uri=https://evil.example",
    ]

    private static let contentTypes = [
        "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-16",
        "application/json", "multipart/form-data; boundary=x", "text/plain", "application/x-www-form-urlencoded;;;",
        "APPLICATION/X-WWW-FORM-URLENCODED", "", "é", "application/xml",
    ]

    private static let authorizations = [
        "Basic", "Basic !", "Basic OjpB", "Basic d2ViOg==", "Bearer", "Bearer a b", "Bearer \u{1}", "DPoP x",
        "Basic YmFzaWM6d3Jvbmc=",
    ]

    /// An endpoint and what it would take.
    private static let targets: [(path: String, parameters: String)] = [
        (
            "/oidc/auth",
            "client_id=web&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&response_type=code&scope=openid&state=s"
                + "&code_challenge=\(AuthorizationRequest.challenge)&code_challenge_method=S256&prompt=none"
        ),
        ("/oidc/auth/0123456789abcdef0123456789abcdef", "step=wechat&decision=allow"),
        (
            "/oidc/token",
            "grant_type=authorization_code&client_id=web&code=\(String(repeating: "c", count: 43))"
                + "&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&code_verifier=\(AuthorizationRequest.verifier)"
        ),
        (
            "/oidc/token",
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=web&device_code=d"
        ),
        ("/oidc/token/introspection", "token=a.b.c&client_id=basic&client_secret=x"),
        ("/oidc/token/revocation", "token=a.b.c&client_id=web&token_type_hint=access_token"),
        (
            "/oidc/session/end",
            "id_token_hint=e30.e30.e30&post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2Fbye&client_id=web&state=s"
        ),
        ("/oidc/session/end/confirm", "token=x&decision=allow&client_id=web"),
        ("/oidc/device", "user_code=BCDF-GHJK"),
        ("/oidc/device/auth", "client_id=web&scope=openid"),
        ("/oidc/device/confirm", "ticket=e30&decision=allow"),
        ("/oidc/consents", "token=x&client_id=web"),
        ("/oidc/me", "access_token=a.b.c"),
        ("/connections/social/mp", "app_id=web&redirect_url=https%3A%2F%2Fapp.example.com%2Fcb&state=s"),
        ("/connections/wechat/callback", "code=c&state=0123456789abcdef0123456789abcdef"),
        ("/api/v2/oidc/validate_token", "id_token=a.b.c"),
        ("/login/profile/logout", "redirect_uri=https%3A%2F%2Fapp.example.com%2Fbye&state=s"),
    ]

    /// Where a refused request may be sent on to.
    private static let homes = [
        "https://app.example.com/cb", "https://open.weixin.qq.com/connect/oauth2/authorize?", "/oidc/",
        "https://basic.example.com/cb",
    ]

    var chance: FuzzChance
    /// How many of each status came.
    private(set) var statuses: [Int: Int] = [:]

    init(seed: UInt64) {
        chance = FuzzChance(seed: seed)
    }

    mutating func run(_ app: TestApp, rounds: Int) async throws {
        let browser = Browser(app)
        _ = try await app.code(in: browser)
        let cookies = browser.cookies.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
        let issued = try await app.count("grants")
        for _ in 0..<rounds {
            for target in Self.targets { try await shoot(at: target, app, cookies) }
        }
        #expect(try await app.count("access_tokens") == 0)
        #expect(try await app.count("refresh_tokens") == 0)
        // The session of the browser answers requests that chance left whole; nothing else gives a grant.
        #expect(try await app.count("grants", where: "client_id NOT IN ('web', 'basic')") == 0)
        #expect(try await app.count("grants") >= issued)
        #expect(try await app.count("sessions") == 1, "somebody was signed out, or in")
        #expect(try await app.send("/oidc/.well-known/jwks.json").status == .ok)
    }

    private mutating func shoot(
        at target: (path: String, parameters: String), _ app: TestApp, _ cookies: String
    ) async throws {
        let parameters = chance.mutated(chance.mutated(target.parameters, with: Self.pieces), with: Self.pieces)
        var headers: HTTPFields = [.accept: chance.below(2) == 0 ? "text/html" : "application/json"]
        headers[.userAgent] = chance.below(2) == 0 ? Browser.wechat : Browser.safari
        if chance.below(3) == 0 {
            headers[.cookie] = chance.below(2) == 0 ? cookies : chance.mutated(cookies, with: Self.pieces)
        }
        if chance.below(4) == 0 { headers[.authorization] = chance.pick(Self.authorizations) }
        let isPost = chance.below(2) == 0
        let answer: Answer
        if isPost {
            headers[.contentType] = chance.below(3) > 0 ? Self.contentTypes[0] : chance.pick(Self.contentTypes)
            answer = try await app.send(.post, target.path, headers: headers, body: parameters)
        } else {
            let query = parameters.utf8.map { Self.mayStandInQuery($0) ? String(UnicodeScalar($0)) : "%" + [$0].hex }
            answer = try await app.send(.get, target.path + "?" + query.joined(), headers: headers)
        }
        statuses[answer.status.code, default: 0] += 1
        let what = "\(isPost ? "POST" : "GET") \(target.path) \(parameters) \(headers): \(answer.status)"
        #expect((200..<500).contains(answer.status.code), "\(what)")
        #expect(answer.headers[.setCookie]?.contains("a=b") != true, "\(what)")
        #expect(!answer.text.contains("access_token\":") && !answer.text.contains("<script>"), "\(what)")
        switch answer.status.code {
        case 300..<400:
            let location = answer.location ?? ""
            #expect(Self.homes.contains { location.hasPrefix($0) }, "\(what) \(location)")
        case 200:
            #expect(
                answer.page != nil || answer.json["active"] == false || answer.text.isEmpty, "\(what) \(answer.text)")
        default: break
        }
    }

    /// What a server lets through to the query as it is.
    private static func mayStandInQuery(_ byte: UInt8) -> Bool {
        (0x21..<0x7F).contains(byte) && byte != UInt8(ascii: "#")
    }

    /// Bodies too large for any form of ours.
    static func largeBodies(_ app: TestApp) async throws {
        for target in targets {
            for size in [FormBody.limit + 1, 3 << 20] {
                let body = target.parameters + "&x=" + String(repeating: "x", count: size)
                let answer = try await app.send(
                    .post, target.path, headers: [.contentType: contentTypes[0]], body: body)
                #expect((400..<500).contains(answer.status.code), "\(target.path) \(size): \(answer.status)")
            }
        }
    }
}
