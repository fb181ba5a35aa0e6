import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

/// An answer of the authorization endpoint, as the client gets it.
struct AuthorizationAnswer: Sendable {
    var parameters: [String: String]
    /// How many pages a person had to press something on.
    var pages: Int

    var code: String? { parameters["code"] }
    var error: String? { parameters["error"] }

    /// Takes an answer from where the mode puts it, and checks it: RFC 6749 section 4.1.2, RFC 9207 section 2, Form Post
    /// Response Mode section 2.
    init(
        _ answer: Answer, mode: ConformanceRun.Mode, client: ConformanceClient, state: String?, issuer: String,
        pages: Int
    ) throws {
        self.pages = pages
        switch mode {
        case .query:
            let location = try #require(answer.location, "\(answer.status) \(answer.page ?? answer.text)")
            #expect(location.hasPrefix(client.redirectURI + "?") && !location.contains("#"), "\(location)")
            parameters = answer.query
        case .formPost:
            #expect(answer.location == nil, "the answer stands in an address")
            #expect(answer.status == .ok && answer.headers[.cacheControl] == "no-store")
            let form = try #require(HTMLForm(answer.text), "\(answer.status) \(answer.page ?? answer.text)")
            #expect(form.method == "post" && form.action == client.redirectURI && form.encoding == nil)
            parameters = form.fields
        }
        #expect(parameters["state"] == state)
        #expect(parameters["iss"] == issuer)
        if let code {
            #expect(error == nil)
            #expect(code.utf8.count * 6 >= 128 && Entropy.bits(code) >= 96)
        } else {
            #expect(error?.isEmpty == false)
            let description = parameters["error_description"] ?? ""
            #expect(description.utf8.allSatisfy { (0x20...0x7E).contains($0) && !"\"\\".utf8.contains($0) })
        }
    }
}

/// A good answer of the token endpoint: RFC 6749 section 5.1.
struct TokenAnswer: Sendable {
    let accessToken: String
    let idToken: String
    let refreshToken: String?

    init(_ answer: Answer) throws {
        #expect(answer.status == .ok, "\(answer.text)")
        #expect(answer.headers[.contentType]?.hasPrefix("application/json") == true)
        #expect(answer.headers[.cacheControl] == "no-store")
        #expect(answer.field("token_type").lowercased() == "bearer")
        #expect((answer.json["expires_in"]?.integerValue ?? 0) > 0)
        accessToken = answer.field("access_token")
        idToken = answer.field("id_token")
        refreshToken = answer.json["refresh_token"]?.stringValue
        for token in [accessToken, refreshToken].compactMap(\.self) {
            // RFC 6749 appendices A.12 and A.17.
            #expect(token.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            #expect(Entropy.bits(token) >= 96)
        }
        try #require(!accessToken.isEmpty && !idToken.isEmpty)
    }
}

/// The JSON types of the standard claims: Core section 5.1.
enum StandardClaims {
    static func check(_ claims: JSONObject) {
        let texts = [
            "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile",
            "picture", "website", "email", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
        ]
        for name in texts {
            #expect(claims[name].map { $0.stringValue?.isEmpty == false } ?? true, "\(name)")
        }
        for name in ["email_verified", "phone_number_verified"] {
            #expect(claims[name].map { $0 == true || $0 == false } ?? true, "\(name)")
        }
        for name in ["updated_at", "auth_time", "iat", "exp"] {
            #expect(claims[name].map { $0.integerValue != nil } ?? true, "\(name)")
        }
        #expect(claims["address"].map { $0.objectValue != nil } ?? true)
    }
}

/// How unpredictable a text is by the spread of its characters, as the suite measures it (Shannon).
enum Entropy {
    static func bits(_ text: String) -> Double {
        let counts = text.utf8.reduce(into: [UInt8: Double]()) { $0[$1, default: 0] += 1 }
        let length = Double(text.utf8.count)
        return counts.values.reduce(0) { $0 - $1 * (log($1 / length) / log(2)) }
    }
}

/// The first form of a page, as a browser reads it.
struct HTMLForm: Sendable {
    let action: String
    let method: String
    /// Without one, a browser sends `application/x-www-form-urlencoded`.
    let encoding: String?
    let fields: [String: String]

    init?(_ page: String) {
        guard let start = page.firstRange(of: "<form "), let end = page.firstRange(of: "</form>") else { return nil }
        let text = String(page[start.lowerBound..<end.lowerBound])
        let tag = String(text.prefix { $0 != ">" }) + ">"
        guard let action = tag.value(of: "action", after: "<form "),
            let method = tag.value(of: "method", after: "<form ")
        else { return nil }
        self.action = action
        self.method = method
        encoding = tag.value(of: "enctype", after: "<form ")
        var fields: [String: String] = [:]
        for input in text.components(separatedBy: "<input ").dropFirst() {
            guard let name = input.value(of: "name", after: "type=") else { continue }
            fields[name] = input.value(of: "value", after: "name=") ?? ""
        }
        self.fields = fields
    }
}
