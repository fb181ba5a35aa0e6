import Foundation

/// How far a device's sign-in has come.
enum DeviceCodeStatus: String, Sendable {
    /// Nobody has decided yet.
    case pending
    case approved
    case denied
    /// Tokens were given out; the code is spent.
    case redeemed
}

/// A device that waits for a person.
struct PendingDevice: Sendable {
    var clientID: ClientID
    var scopes: [String]

    init(_ row: Row) throws(StorageError) {
        guard let clientID = ClientID(rawValue: try row.text("client_id")) else { throw .column("client_id") }
        self.clientID = clientID
        scopes = try row.text("scope").split(separator: " ").map(String.init)
    }
}

/// What a device gets for its code.
struct RedeemedDeviceCode: Sendable {
    var live: LiveGrant
    var accessToken: IssuedAccessToken
    var refreshToken: String?
    var acr: AuthenticationContext
    var authTime: Date
}

/// Why a device gets nothing, for now or for good.
///
/// RFC 8628 section 3.5.
enum DeviceRefusal: Error, CaseIterable {
    /// Unknown, spent, or of another client.
    case notRedeemable
    case pending
    case tooFast
    case denied
    case expired
}
