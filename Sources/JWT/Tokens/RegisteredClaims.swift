#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// The claims of a JWT: the registered ones by name and type, all others by ``all`` (RFC 7519 section 4).
///
/// Writes dates as whole seconds; reads fractions too.
public struct RegisteredClaims: Sendable, Equatable {
    /// Every claim, the registered ones included, in wire order.
    public private(set) var all: JSONObject

    /// Starts without any claim.
    public init() {
        all = [:]
    }

    /// Takes claims as they are.
    ///
    /// Throws ``JWTError/invalidClaim(_:)`` when a registered claim has the wrong type, or is a date before 1970 or
    /// after 9999.
    public init(_ claims: JSONObject) throws(JWTError) {
        all = claims
        for name in RegisteredClaimName.allCases {
            guard let value = claims[name.rawValue] else { continue }
            guard Self.isValid(value, for: name) else { throw .invalidClaim(name) }
        }
    }

    /// Reads the payload of a token.
    ///
    /// Throws ``JWTError/claimsNotAnObject``, and what ``init(_:)`` and ``JSON/parse(_:maximumDepth:)`` throw.
    public init(parsing payload: [UInt8]) throws(JWTError) {
        guard let claims = try JSON.parse(payload).objectValue else { throw .claimsNotAnObject }
        try self.init(claims)
    }

    /// The payload for ``JWS/sign(_:type:with:)``.
    public func encoded() -> [UInt8] {
        JSON.object(all).encoded()
    }

    /// Any claim by its name; setting nil removes it.
    public subscript(name: String) -> JSON? {
        get { all[name] }
        set { all[name] = newValue }
    }

    /// Who issued the token, `iss`.
    public var issuer: String? {
        get { self[.issuer]?.stringValue }
        set { self[.issuer] = newValue.map(JSON.string) }
    }

    /// Whom the token is about, `sub`.
    public var subject: String? {
        get { self[.subject]?.stringValue }
        set { self[.subject] = newValue.map(JSON.string) }
    }

    /// Whom the token is for, `aud`: empty when absent, a plain string on the wire when it is one.
    public var audience: [String] {
        get {
            switch self[.audience] {
            case .string(let value): [value]
            case .array(let values): values.compactMap(\.stringValue)
            default: []
            }
        }
        set {
            switch newValue.count {
            case 0: self[.audience] = nil
            case 1: self[.audience] = .string(newValue[0])
            default: self[.audience] = .array(newValue.map(JSON.string))
            }
        }
    }

    /// When the token ends, `exp`.
    public var expiresAt: Date? {
        get { self[.expiresAt].flatMap(NumericDate.date) }
        set { self[.expiresAt] = newValue.flatMap(NumericDate.json) }
    }

    /// When the token begins, `nbf`.
    public var notBefore: Date? {
        get { self[.notBefore].flatMap(NumericDate.date) }
        set { self[.notBefore] = newValue.flatMap(NumericDate.json) }
    }

    /// When the token was made, `iat`.
    public var issuedAt: Date? {
        get { self[.issuedAt].flatMap(NumericDate.date) }
        set { self[.issuedAt] = newValue.flatMap(NumericDate.json) }
    }

    /// The token's own identifier, `jti`.
    public var jwtID: String? {
        get { self[.jwtID]?.stringValue }
        set { self[.jwtID] = newValue.map(JSON.string) }
    }

    subscript(name: RegisteredClaimName) -> JSON? {
        get { all[name.rawValue] }
        set { all[name.rawValue] = newValue }
    }

    static func isValid(_ value: JSON, for name: RegisteredClaimName) -> Bool {
        switch name {
        case .issuer, .subject, .jwtID: value.stringValue != nil
        case .expiresAt, .notBefore, .issuedAt: NumericDate.date(value) != nil
        case .audience: value.stringValue != nil || value.arrayValue?.allSatisfy { $0.stringValue != nil } == true
        }
    }
}
