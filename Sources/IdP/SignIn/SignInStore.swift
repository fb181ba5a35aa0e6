import Foundation

/// Pending sign-ins and their trips to WeChat.
struct SignInStore: Sendable {
    let database: any Database
    let sealer: Sealer
    let surroundings: Surroundings

    // MARK: Sign-ins

    /// Stores a new sign-in.
    ///
    /// - Returns: the handle for our links. It appears in no log and is stored as a hash.
    func begin(_ request: SignInRequest, binding: String, restarts: Int, insisted: Bool) async throws -> String {
        let handle = surroundings.hexToken()
        let text = String(decoding: try JSONEncoder().encode(request), as: UTF8.self)
        let expiry = surroundings.now() + SignIn.lifetime.inSeconds
        try await database.transaction { transaction in
            try transaction.query(
                """
                INSERT INTO sign_ins (handle_hash, pool, binding_hash, request, restarts, stage, insisted, confirmed, expires_at)
                VALUES ($1, $2, $3, $4, $5, 'start', $6, 0, $7)
                """,
                [
                    .text(HandleHash(of: handle)), .text(request.pool), .text(BindingHash(of: binding)), .text(text),
                    .integer(Int64(restarts)), .bool(insisted), .date(expiry),
                ])
        }
        return handle
    }

    func find(_ hash: HandleHash) async throws -> SignIn? {
        try await database.query(
            "SELECT \(SignIn.columns) FROM sign_ins WHERE handle_hash = $1 AND expires_at > $2",
            [.text(hash), .date(surroundings.now())]
        ).first.map(SignIn.init)
    }

    /// True when this cookie value was made for a sign-in that is still open; only then may a new one share it.
    func isBindingOpen(_ binding: String, in pool: PoolID) async throws -> Bool {
        // Two looks into an index, however many sign-ins the browser has begun.
        let rows = try await database.query(
            """
            SELECT CASE WHEN EXISTS (
                SELECT 1 FROM sign_ins WHERE pool = $1 AND binding_hash = $2 AND answered_at IS NULL AND expires_at > $3
            ) AND NOT EXISTS (
                SELECT 1 FROM sign_ins WHERE pool = $1 AND binding_hash = $2 AND answered_at > 0 AND expires_at > $3
            ) THEN 1 ELSE 0 END AS is_open
            """,
            [.text(pool), .text(BindingHash(of: binding)), .date(surroundings.now())])
        return try rows.first?.bool("is_open") ?? false
    }

    func markInsisted(_ hash: HandleHash) async throws {
        try await set("insisted = 1", hash)
    }

    /// Notes that the person allowed the application, together with what must be remembered of it.
    func markConfirmed(
        _ hash: HandleHash, remembering persist: @escaping @Sendable (any Transaction) throws -> Void
    ) async throws {
        try await database.transaction { transaction in
            try transaction.query("UPDATE sign_ins SET confirmed = 1 WHERE handle_hash = $1", [.text(hash)])
            try persist(transaction)
        }
    }

    /// Counts a sign-in that starts anew because its cookie was lost.
    ///
    /// - Returns: false when it has been answered or was restarted as often as it may be.
    func countRestart(_ hash: HandleHash) async throws -> Bool {
        try await database.transaction { transaction in
            try !transaction.query(
                """
                UPDATE sign_ins SET restarts = restarts + 1
                WHERE handle_hash = $1 AND restarts < $2 AND answered_at IS NULL RETURNING handle_hash
                """,
                [.text(hash), .integer(Int64(SignIn.allowedRestarts))]
            ).isEmpty
        }
    }

    private func set(_ assignment: String, _ hash: HandleHash) async throws {
        try await database.transaction { transaction in
            try transaction.query("UPDATE sign_ins SET \(assignment) WHERE handle_hash = $1", [.text(hash)])
        }
    }

    // MARK: The answer

    /// Stores the one answer of a sign-in together with what it hands out.
    ///
    /// - Returns: the answer that counts: this one, or an earlier one if two requests raced.
    func answer(_ hash: HandleHash, with answer: PreparedAnswer) async throws -> AnswerDelivery {
        let text = String(decoding: try JSONEncoder().encode(answer.delivery), as: UTF8.self)
        let sealed = try sealer.seal(text, context: Self.answerContext(hash))
        let now = surroundings.now()
        let isFirst = try await database.transaction { transaction in
            let won = try transaction.query(
                """
                UPDATE sign_ins SET answer_sealed = $2, code_hash = $3, answered_at = $4
                WHERE handle_hash = $1 AND answered_at IS NULL RETURNING handle_hash
                """,
                [.text(hash), .blob(sealed), .text(answer.codeHash?.rawValue), .date(now)])
            guard !won.isEmpty else { return false }
            try answer.persist(transaction)
            return true
        }
        guard !isFirst else { return answer.delivery }
        guard let signIn = try await find(hash), let earlier = try storedAnswer(of: signIn) else {
            throw PageFailure(.startAgain)
        }
        return earlier
    }

    func storedAnswer(of signIn: SignIn) throws -> AnswerDelivery? {
        try signIn.answerSealed.map { sealed in
            let text = try sealer.open(sealed, context: Self.answerContext(signIn.handleHash))
            return try JSONDecoder().decode(AnswerDelivery.self, from: Data(text.utf8))
        }
    }

    private static func answerContext(_ hash: HandleHash) -> String { "sign-in answer \(hash.rawValue)" }

    // MARK: Trips to WeChat

    /// Stores a trip.
    ///
    /// - Returns: its `state`: 32 characters `[0-9a-f]`, single use.
    func beginRound(
        of handle: String, connection: ConnectionID, purpose: WeChatRound.Purpose
    ) async throws -> String {
        let state = surroundings.hexToken()
        let sealed = try sealer.seal(handle, context: Self.handleContext(StateHash(of: state)))
        let expiry = surroundings.now() + SignIn.lifetime.inSeconds
        try await database.transaction { transaction in
            try transaction.query(
                """
                INSERT INTO wechat_rounds (state_hash, handle_hash, handle_sealed, connection, purpose, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                """,
                [
                    .text(StateHash(of: state)), .text(HandleHash(of: handle)), .blob(sealed), .text(connection),
                    .text(purpose), .date(expiry),
                ])
        }
        return state
    }

    /// The trip a `state` belongs to, its sign-in, and the sign-in's handle; nil when unknown or too old.
    func findRound(state: String) async throws -> (round: WeChatRound, signIn: SignIn, handle: String)? {
        guard let round = try await findRound(StateHash(of: state)), let signIn = try await find(round.handleHash)
        else {
            return nil
        }
        return (round, signIn, try sealer.open(round.handleSealed, context: Self.handleContext(round.stateHash)))
    }

    func findRound(_ hash: StateHash) async throws -> WeChatRound? {
        try await database.query(
            """
            SELECT state_hash, handle_sealed, handle_hash, connection, purpose, claimed_at, finished_at, snapshot_code_hash
            FROM wechat_rounds WHERE state_hash = $1 AND expires_at > $2
            """,
            [.text(hash), .date(surroundings.now())]
        ).first.map(WeChatRound.init)
    }

    /// Claims a trip for the code of a callback, nil for a refusal; of any number of simultaneous requests one gets true.
    ///
    /// A code that came from a snapshot page never claims again.
    func claim(_ round: WeChatRound, for code: WeChatCodeHash?) async throws -> Bool {
        let now = surroundings.now()
        return try await database.transaction { transaction in
            try !transaction.query(
                """
                UPDATE wechat_rounds SET claimed_at = $2 WHERE state_hash = $1 AND claimed_at IS NULL
                    AND (snapshot_code_hash IS NULL OR snapshot_code_hash <> $3) RETURNING state_hash
                """,
                [.text(round.stateHash), .date(now), .text(code?.rawValue ?? "")]
            ).isEmpty
        }
    }

    /// Gives a claim back: a snapshot page's code is worth nothing, and the real one comes with the same `state`.
    func release(_ round: WeChatRound, snapshot code: WeChatCodeHash) async throws {
        try await database.transaction { transaction in
            try transaction.query(
                "UPDATE wechat_rounds SET claimed_at = NULL, snapshot_code_hash = $2 WHERE state_hash = $1",
                [.text(round.stateHash), .text(code)])
        }
    }

    /// Marks a trip as done, whatever came of it.
    func finish(_ round: WeChatRound) async throws {
        let now = surroundings.now()
        try await database.transaction { try Self.finish(round, transaction: $0, now: now) }
    }

    static func finish(_ round: WeChatRound, transaction: any Transaction, now: Date) throws {
        try transaction.query(
            "UPDATE wechat_rounds SET finished_at = $2 WHERE state_hash = $1", [.text(round.stateHash), .date(now)])
    }

    private static func handleContext(_ hash: StateHash) -> String { "sign-in handle \(hash.rawValue)" }
}
