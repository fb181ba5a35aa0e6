import Logging

/// Tells applications that a session has ended.
///
/// OpenID Connect Back-Channel Logout section 2.5.
struct LogoutNotifier: Sendable {
    /// How long a browser waits for its applications to be told; a site that is down must not hold it.
    static let patience: Duration = .seconds(1)
    /// How many notices one round of retries takes up, and how many of them are on their way at once.
    private static let (batch, atOnce) = (200, 16)

    let pools: PoolDirectory
    let issuer: TokenIssuer
    let store: LogoutNoticeStore
    let outbound: any OutboundHTTP
    let surroundings: Surroundings
    let logger: Logger

    /// Sends notices just stored, all at the same time, and returns when all have arrived or failed, but soon.
    ///
    /// What is under way then goes on, and what fails is sent again by ``retry()``.
    func announce(_ notices: [LogoutNotice]) async {
        if notices.isEmpty { return }
        let (finished, signal) = AsyncStream<Void>.makeStream()
        Task {
            await send(notices)
            signal.finish()
        }
        let timer = Task {
            try? await surroundings.sleep(Self.patience)
            signal.finish()
        }
        for await _ in finished {}
        timer.cancel()
    }

    /// Sends the notices whose next attempt is due.
    func retry() async throws {
        await send(try await store.claimDue(limit: Self.batch))
    }

    private func send(_ notices: [LogoutNotice]) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, notice) in notices.enumerated() {
                if index >= Self.atOnce { await group.next() }
                group.addTask { await send(notice) }
            }
        }
    }

    private func send(_ notice: LogoutNotice) async {
        do {
            guard let pool = pools[notice.pool], let application = pool.application(notice.clientID),
                let address = application.backChannelLogoutURI
            else {
                // The operator has removed the application, or its address, since.
                return try await store.remove(notice)
            }
            let token = try issuer.logoutToken(notice, application: application, pool: pool)
            if await outbound.post([("logout_token", token)], to: address) {
                return try await store.remove(notice)
            }
            logger.notice(
                "a logout notice did not arrive",
                metadata: [
                    "pool": "\(notice.pool)", "client_id": "\(notice.clientID)", "attempt": "\(notice.attempts)",
                ])
        } catch {
            // It stays stored and is sent again.
            let text = (error as? StorageError)?.description ?? "\(type(of: error))"
            logger.error(
                "a logout notice failed", metadata: ["client_id": "\(notice.clientID)", "error": "\(text)"])
        }
    }
}
