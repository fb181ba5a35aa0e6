import Foundation
import HTTPTypes
import Hummingbird
import JWT

/// Finds out which client is calling, by the method it is registered for.
///
/// RFC 6749 section 2.3, RFC 7523 section 2.2, OpenID Connect Core section 9.
struct ClientAuthenticator: Sendable {
    let assertions: ClientAssertions

    private static let failure = OAuthError(
        .invalidClient, "unknown client, wrong secret, or a method it is not registered for", challenge: .basic)

    /// The client behind a form request.
    ///
    /// - Throws: `OAuthError.invalid_client`, worded alike for unknown clients and wrong secrets; `invalid_request` when
    ///   two methods are used at once.
    func client(_ request: Request, form: Parameters, in pool: Pool) async throws -> Application {
        guard let assertion = try form.optional("client_assertion") else {
            return try Self.bySecret(request, form: form, in: pool)
        }
        guard request.headers[.authorization] == nil, try form.optional("client_secret") == nil else {
            throw Self.twice
        }
        guard try form.optional("client_assertion_type") == ClientAssertions.type else {
            throw OAuthError(.invalidClient, "this client_assertion_type is not supported")
        }
        return try await assertions.client(assertion, formID: try form.optional("client_id"), in: pool)
    }

    private static let twice = OAuthError(.invalidRequest, "the client authenticates in more than one way")

    /// A public client, or one that sent its secret.
    static func bySecret(_ request: Request, form: Parameters, in pool: Pool) throws -> Application {
        let formID = try form.optional("client_id")
        let formSecret = try form.optional("client_secret")
        if let basic = try basicCredentials(request) {
            guard formSecret == nil, formID == nil || formID == basic.id else { throw twice }
            return try authenticated(id: basic.id, secret: basic.secret, isBasic: true, in: pool)
        }
        guard let formID else {
            throw OAuthError(.invalidClient, "no client authentication", challenge: .basic)
        }
        return try authenticated(id: formID, secret: formSecret, isBasic: false, in: pool)
    }

    private static func authenticated(
        id: String, secret: String?, isBasic: Bool, in pool: Pool
    ) throws -> Application {
        let application = ClientID(rawValue: id).flatMap(pool.application)
        switch application?.authentication {
        case .clientSecretBasic(let expected) where isBasic, .clientSecretPost(let expected) where !isBasic:
            guard let application, let secret, matches(secret, expected) else { throw failure }
            return application
        case .some(.none) where !isBasic && secret == nil:
            guard let application else { throw failure }
            return application
        default:
            // The same work as for a known client, so that the time tells nothing.
            _ = matches(secret ?? "", Secret(id))
            throw failure
        }
    }

    /// Compares digests, in constant time and whatever the lengths are.
    private static func matches(_ secret: String, _ expected: Secret) -> Bool {
        ConstantTime.equals(
            SHA256.hash(Array(secret.utf8)), SHA256.hash(Array(expected.exposeSecret().utf8)))
    }

    /// `Authorization: Basic`, whose two parts are form-encoded first.
    ///
    /// RFC 6749 section 2.3.1.
    private static func basicCredentials(_ request: Request) throws -> (id: String, secret: String)? {
        guard let header = request.headers[.authorization] else { return nil }
        let malformed = OAuthError(.invalidClient, "malformed Authorization header", challenge: .basic)
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1])),
            let text = String(validating: data, as: UTF8.self),
            let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
            // Form-encoded, so a bare `&` is an error; the parser below would cut there.
            !text.utf8.contains(UInt8(ascii: "&"))
        else { throw malformed }
        guard let id = try? Parameters(parsing: "v=\(text[..<colon])")["v"],
            let secret = try? Parameters(parsing: "v=\(text[text.utf8.index(after: colon)...])")["v"]
        else { throw malformed }
        return (id, secret)
    }
}
