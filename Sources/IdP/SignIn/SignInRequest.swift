import Foundation

/// What an application asked for, after every check of the door it came through.
///
/// Stored while the person is away.
struct SignInRequest: Codable, Sendable {
    /// Which front door took the request and will word the answer.
    struct Door: RawRepresentable, Codable, Hashable, Sendable {
        let rawValue: String
    }

    /// Where in the return address the answer stands.
    enum ResponseMode: String, Codable, Sendable {
        case query, fragment
        case formPost = "form_post"
    }

    enum Prompt: String, Codable, Sendable, CaseIterable {
        case none, login, consent
        case selectAccount = "select_account"
    }

    var door: Door
    var pool: PoolID
    var clientID: ClientID
    var connection: ConnectionID
    /// True when the door named ``connection``, and no other of the application's does.
    var pinsConnection: Bool?
    var redirectURI: String
    var responseMode: ResponseMode
    /// As the application sent it; comes back unchanged.
    var state: String?
    var scopes: [String]
    var nonce: String?
    /// PKCE, S256.
    ///
    /// RFC 7636.
    var codeChallenge: String?
    var prompts: Set<Prompt>
    /// Longest time since the person last signed in, in seconds.
    var maxAge: Int?
    var language: Language?
    /// The only `sub`, as the application sees it, that may be answered for.
    var expectedSubject: String?
    /// True when a session that WeChat established silently does not do.
    var demandsConfirmation: Bool?
    /// The one authentication context that the answer must name, when only one will do.
    var onlyContext: AuthenticationContext?
    /// Claims that were asked for one by one.
    var claims: RequestedClaims?
    /// Resource servers that access tokens will be for.
    var resources: [String]?
    /// What only the door itself understands, as its answerer will read it.
    var doorNote: String?

    /// Everything that a person allows with this request: scopes, single claims, resource servers.
    var consentItems: [String] {
        let names = (claims?.userInfo ?? []) + (claims?.idToken ?? [])
        return scopes + Set(names).sorted().map { "claim:\($0)" } + (resources ?? []).map { "resource:\($0)" }
    }

    /// True when an older session does not do, whatever its age.
    var demandsNewSignIn: Bool {
        !prompts.isDisjoint(with: [.login, .selectAccount]) || maxAge == 0
    }
}

extension PoolID: Codable {}
extension ClientID: Codable {}
extension ConnectionID: Codable {}
