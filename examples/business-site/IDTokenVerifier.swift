import AsyncHTTPClient
import Foundation
import JWT
import NIOCore
import NIOHTTP1

/// Verifies ID tokens of one issuer for one application. This is the file to copy into a back end of your own.
///
/// The issuer's keys come from its discovery document and are kept for ten minutes. A token signed by a key not seen
/// yet, as after a key rotation, makes the keys be read again, though not more often than every thirty seconds:
/// otherwise anybody could make this server ask all day by sending made-up key ids.
actor IDTokenVerifier {
    /// Why no verdict was possible, as opposed to a token that is wrong, which is a `JWTError`.
    enum Failure: Error {
        /// The issuer did not answer, or not with what its specification demands.
        case issuerUnavailable
    }

    private struct Keys {
        let set: JWKSet
        let readAt: Date
    }

    private static let keptFor: TimeInterval = 600
    private static let askedAtMostEvery: TimeInterval = 30
    private static let maximumAnswer = 256 << 10

    private let issuer: String
    private let clientID: String
    private let httpClient: HTTPClient
    private var keys: Keys?
    private var reading: Task<Keys, any Error>?

    /// `issuer` is compared letter by letter with what tokens say; `clientID` is the application's `client_id`.
    init(issuer: String, clientID: String, httpClient: HTTPClient) {
        self.issuer = issuer
        self.clientID = clientID
        self.httpClient = httpClient
    }

    /// The claims of a token that this issuer signed, for this application, and that has not expired.
    ///
    /// - Throws: `JWTError` when the token is not to be believed, `Failure` when that cannot be told at the moment.
    func verify(_ token: String, now: Date = Date()) async throws -> RegisteredClaims {
        // The type is checked too: an access token or a logout token of the same issuer is no proof of a sign-in.
        let jws: JWS
        do {
            jws = try JWS.verify(token, with: try await keys(readAfter: now - Self.keptFor), type: .jwt)
        } catch JWTError.unknownKeyID {
            jws = try JWS.verify(token, with: try await keys(readAfter: now - Self.askedAtMostEvery), type: .jwt)
        }
        let claims = try RegisteredClaims(parsing: jws.payload)
        try claims.validate(issuer: issuer, audience: clientID, at: now, leeway: .seconds(5))
        return claims
    }

    private func keys(readAfter earliest: Date) async throws -> JWKSet {
        if let keys, keys.readAt > earliest { return keys.set }
        // Requests that come meanwhile wait for the same answer.
        let task = reading ?? Task { try await self.readKeys() }
        reading = task
        defer { reading = nil }
        let fresh = try await task.value
        keys = fresh
        return fresh.set
    }

    private func readKeys() async throws -> Keys {
        do {
            let discovery = try JSON.parse(await get(issuer + "/.well-known/openid-configuration"))
            guard discovery["issuer"]?.stringValue == issuer, let address = discovery["jwks_uri"]?.stringValue else {
                throw Failure.issuerUnavailable
            }
            return Keys(set: try JWKSet(parsing: await get(address)), readAt: Date())
        } catch {
            // An answer that makes no sense says nothing about the token.
            throw Failure.issuerUnavailable
        }
    }

    private func get(_ url: String) async throws -> [UInt8] {
        let response = try await httpClient.execute(HTTPClientRequest(url: url), timeout: .seconds(5))
        guard response.status == .ok else { throw Failure.issuerUnavailable }
        return Array(buffer: try await response.body.collect(upTo: Self.maximumAnswer))
    }
}
