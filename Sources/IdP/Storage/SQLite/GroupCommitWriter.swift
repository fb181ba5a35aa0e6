import GRDB

/// Commits concurrent transactions together.
///
/// SQLite has one writer, and each commit waits for the disk. Transactions that arrive while a commit is under way
/// wait for the next one and share it: each runs in its own savepoint, so a failure undoes only itself, and nobody is
/// answered before the common commit is on disk.
actor GroupCommitWriter {
    /// One caller: `run` does the work inside a savepoint, `finish` tells the caller how it ended.
    private struct Job: Sendable {
        let run: @Sendable (GRDB.Database) throws -> any Sendable
        let finish: @Sendable (Result<any Sendable, any Error>) -> Void
    }

    private let pool: DatabasePool
    private var waiting: [Job] = []
    private var isDraining = false
    private static let largestGroup = 256

    init(pool: DatabasePool) {
        self.pool = pool
    }

    func run<Value: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        let value: any Sendable = try await withCheckedThrowingContinuation { continuation in
            waiting.append(
                Job(run: { try body(SQLiteTransaction(database: $0)) }, finish: { continuation.resume(with: $0) }))
            if !isDraining {
                isDraining = true
                Task { await drain() }
            }
        }
        guard let value = value as? Value else { throw StorageError.unavailable("a transaction lost its result") }
        return value
    }

    private func drain() async {
        while !waiting.isEmpty {
            let group = Array(waiting.prefix(Self.largestGroup))
            waiting.removeFirst(group.count)
            let outcomes: [Result<any Sendable, any Error>]
            do {
                outcomes = try await pool.writeWithoutTransaction { try Self.commit(group, in: $0) }
            } catch {
                let failure = SQLiteTransaction.translated(error)
                outcomes = group.map { _ in .failure(failure) }
            }
            for (job, outcome) in zip(group, outcomes) {
                job.finish(outcome)
            }
        }
        isDraining = false
    }

    private static func commit(_ group: [Job], in database: GRDB.Database) throws -> [Result<any Sendable, any Error>] {
        var outcomes: [Result<any Sendable, any Error>] = []
        try database.inTransaction(.immediate) {
            for job in group {
                var outcome: Result<any Sendable, any Error> = .failure(StorageError.unavailable("not run"))
                do {
                    try database.inSavepoint {
                        outcome = Result { try job.run(database) }
                        if case .failure = outcome { return .rollback }
                        return .commit
                    }
                } catch {
                    // The engine has dropped the whole transaction; the job's own error says why, this one does not.
                    if case .failure(let cause) = outcome { throw cause }
                    throw error
                }
                outcomes.append(outcome)
            }
            return .commit
        }
        return outcomes
    }
}
