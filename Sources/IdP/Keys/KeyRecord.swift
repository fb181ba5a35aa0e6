import Foundation
import JWT

/// Where a signing key is in its life; it only ever moves down this list.
///
/// OpenID Connect Core section 10.1.1.
public enum KeyState: String, Sendable, CaseIterable {
    /// Published, so that verifiers know it before the first token comes; does not sign yet.
    case pending
    /// Signs.
    case active
    /// Published until its last token has expired; does not sign any more.
    case retiring
    /// Not published; the private part is gone. The public part stays, for `id_token_hint`.
    case retired
}

/// What the database tells of a signing key, without the private part.
struct KeyRecord: Sendable, Equatable {
    let kid: KeyID
    /// Fixed for the key's whole life.
    let algorithm: SignatureAlgorithm
    var state: KeyState
    /// The longest life of a token that it may have signed.
    var tokenLifetime: Duration
    let createdAt: Date
    /// When it began to sign; when it will, while it is pending.
    var activeAt: Date
    /// When it was withdrawn; when it will be, while it is retiring; else nil.
    var retireAt: Date?
}
