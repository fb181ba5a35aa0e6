import JWT

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Who calls from a mini program, by `WX-LOGIN-STOKEN` and `WX-LOGIN-SIG`.
public struct SignedRequestPrincipal: Sendable, Equatable {
    /// The mini program.
    public let appID: String
    /// The person, under that mini program.
    public let openID: String
    /// The person, under the open-platform account, when the mini program is bound to one.
    public let unionID: String?
    /// The person, as the provider's tokens name them; `sub`.
    public let subject: String
    /// When the login ends.
    public let expiresAt: Date
    /// Whether a signature proved the request, or the token alone did (`auth_sig: false` at the provider).
    public let isSigned: Bool

    /// Reads the provider's answer; nil for one that lets nobody in.
    init?(_ answer: JSON) {
        guard answer["active"]?.boolValue == true, let appID = answer["appid"]?.stringValue,
            let openID = answer["openid"]?.stringValue, let subject = answer["sub"]?.stringValue,
            let expiry = answer["exp"]?.integerValue, let isSigned = answer["signed"]?.boolValue
        else { return nil }
        self.appID = appID
        self.openID = openID
        self.subject = subject
        self.isSigned = isSigned
        unionID = answer["unionid"]?.stringValue
        expiresAt = Date(timeIntervalSince1970: Double(expiry))
    }
}
