import Foundation
import Synchronization
import WeChat

@testable import IdP

/// WeChat's token and ticket calls for some apps, as documented for getStableAccessToken and getTicket.
final class AccountService: WeChatTransport {
    struct State {
        var token = 1
        var ticket = 0
        var endsAt: Date
        var stableCalls = 0
        var forcedAt: [Date] = []
        var ticketCalls = 0
        /// The one token that is accepted; nil accepts the current one.
        var accepts: String?
        /// Answers to the next calls of stable_token.
        var script: [Step] = []
        /// Wrong secrets that were refused.
        var refusedSecrets = 0
    }

    enum Step: Sendable {
        case error(Int, String)
        case fails(WeChatTransportError)
    }

    let secret: String
    let clock: StoryClock
    /// How long a call takes, in real time.
    let delay: Duration
    private let storage: Mutex<State>

    init(clock: StoryClock, secret: String = TestConfiguration.appSecret, delay: Duration = .zero) {
        (self.clock, self.secret, self.delay) = (clock, secret, delay)
        storage = Mutex(State(endsAt: clock.now + 7200))
    }

    var state: State { storage.withLock { $0 } }
    func change(_ body: (inout State) -> Void) { storage.withLock { body(&$0) } }

    func send(_ request: WeChatRequest) async throws(WeChatTransportError) -> WeChatResponse {
        if delay > .zero { try? await Task.sleep(for: delay) }
        let address = request.url.exposeSecret()
        let body = request.body?.exposeSecret() ?? ""
        let now = clock.now
        let answer: Result<String, WeChatTransportError> = storage.withLock { state in
            if address.contains("/cgi-bin/stable_token") { return stableToken(body, now, &state) }
            if address.contains("/cgi-bin/ticket/getticket") { return ticket(address, &state) }
            return .failure(.notSent(.invalidRequest))
        }
        return WeChatResponse(status: 200, body: Array(try answer.get().utf8))
    }

    private func stableToken(_ body: String, _ now: Date, _ state: inout State) -> Result<String, WeChatTransportError>
    {
        state.stableCalls += 1
        if !state.script.isEmpty {
            switch state.script.removeFirst() {
            case .error(let number, let text): return .success(#"{"errcode":\#(number),"errmsg":"\#(text)"}"#)
            case .fails(let error): return .failure(error)
            }
        }
        guard body.contains(#""secret":"\#(secret)""#) else {
            state.refusedSecrets += 1
            return .success(#"{"errcode":40125,"errmsg":"invalid appsecret"}"#)
        }
        let isForced = body.contains(#""force_refresh":true"#)
        if isForced { state.forcedAt.append(now) }
        if isForced || state.endsAt <= now + 300 {
            state.token += 1
            state.endsAt = now + 7200
            state.accepts = nil
        }
        return .success(
            #"{"access_token":"TOKEN-\#(state.token)","expires_in":\#(Int(state.endsAt.timeIntervalSince(now)))}"#)
    }

    private func ticket(_ address: String, _ state: inout State) -> Result<String, WeChatTransportError> {
        state.ticketCalls += 1
        guard address.contains("access_token=\(state.accepts ?? "TOKEN-\(state.token)")&") else {
            return .success(#"{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest"}"#)
        }
        state.ticket += 1
        return .success(#"{"errcode":0,"errmsg":"ok","ticket":"TICKET-\#(state.ticket)","expires_in":7200}"#)
    }
}

/// A node's view: its own objects over a database that others may share.
struct AccountNode: Sendable {
    let tokens: AccountTokens
    let tickets: JSAPITickets
    let log = LogCapture()

    /// - Parameter hasAllTheTime: waits as the real one does, but for as long as it takes: a busy machine is no refusal.
    init(_ database: any IdP.Database, _ service: AccountService, hasAllTheTime: Bool = false) throws {
        let clock = service.clock
        let standstill: @Sendable () -> Duration = { .zero }
        let uptime = hasAllTheTime ? standstill : Surroundings.systemUptime
        tokens = AccountTokens(
            settings: try Configuration.parse(
                TestConfiguration.yaml(publicURL: "https://id.example.com"), file: "test.yaml", folder: "/",
                environment: [:]
            ).wechat,
            transport: service, database: database, sealer: try Sealer(masterKey: [UInt8](repeating: 7, count: 32)),
            surroundings: Surroundings(
                now: { clock.now }, randomBytes: Surroundings.system.randomBytes,
                uptime: uptime,
                sleep: { pause in try await Task.sleep(for: hasAllTheTime ? pause : .milliseconds(1)) }),
            logger: log.logger("tokens"))
        tickets = JSAPITickets(tokens: tokens)
    }

    /// The token, as a call with it sees it.
    func token(_ connection: IdP.Connection) async throws -> String {
        try await tokens.withToken(connection, in: .default) { token throws(WeChatError) in token.exposeSecret() }
    }

    /// Calls something that WeChat answers only for the right token.
    func ticket(_ connection: IdP.Connection) async throws -> String {
        let client = tokens.client(connection)
        return try await tokens.withToken(connection, in: .default) { token throws(WeChatError) in
            try await client.jsapiTicket(token: token).ticket.exposeSecret()
        }
    }
}

extension IdP.Connection {
    static func forTests(
        _ identifier: String = "mp", appID: String = "wx0000000000000001",
        secret: String = TestConfiguration.appSecret
    ) throws -> Self {
        let text = TestConfiguration.yaml(publicURL: "https://id.example.com")
        let configuration = try Configuration.parse(text, file: "test.yaml", folder: "/", environment: [:])
        guard var connection = configuration.pools.first?.connections.first,
            let id = ConnectionID(rawValue: identifier)
        else { throw StorageError.column("connection") }
        connection.id = id
        connection.appID = AppID(rawValue: appID)
        connection.appSecret = AppSecret(secret)
        return connection
    }
}
