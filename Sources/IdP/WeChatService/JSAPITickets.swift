import Foundation
import Logging
import Synchronization
import WeChat

/// The ticket that JS-SDK signatures are made with (jsapi_ticket), shared as ``AccountTokens`` are.
final class JSAPITickets: Sendable {
    /// How long a process uses a ticket without looking into the database; far below what is left of its life then.
    static let memory: TimeInterval = 60

    private struct Remembered {
        var ticket: JSAPITicket
        var until: Date
    }

    private let tokens: AccountTokens
    private let keeper: SharedCredentialKeeper
    /// One entry for each app in the configuration at most.
    private let remembered = Mutex<[SharedCredentialKey: Remembered]>([:])

    init(tokens: AccountTokens) {
        self.tokens = tokens
        keeper = tokens.keeper
    }

    /// A ticket that holds.
    func ticket(_ connection: Connection, in pool: PoolID) async throws(AccountTokenFailure) -> JSAPITicket {
        let key = try tokens.key(.jsapiTicket, connection)
        let now = keeper.store.surroundings.now()
        if let known = remembered.withLock({ $0[key] }), known.until > now { return known.ticket }
        let credential = try await keeper.credential(key) { [tokens] _, _ throws(AccountTokenFailure) in
            let client = tokens.client(connection)
            let answer = try await tokens.withToken(connection, in: pool) { token throws(WeChatError) in
                try await client.jsapiTicket(token: token)
            }
            return .init(value: Secret(answer.ticket.exposeSecret()), lifetime: answer.expiresIn)
        }
        let ticket = JSAPITicket(credential.value.exposeSecret())
        let until = min(now + Self.memory, credential.validUntil)
        remembered.withLock { $0[key] = Remembered(ticket: ticket, until: until) }
        return ticket
    }
}
