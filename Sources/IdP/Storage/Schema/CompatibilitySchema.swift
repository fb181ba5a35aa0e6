/// The replaced systems: sessions of their contracts, and what they remember against replay.
enum CompatibilitySchema {
    static let statements: [String] = [
        // Whose session it is says the openid: who that is today, `wechat_openids` knows.
        """
        CREATE TABLE contract_sessions (
            pool TEXT NOT NULL,
            token_hash TEXT NOT NULL,
            contract TEXT NOT NULL,
            app_id TEXT NOT NULL,
            openid TEXT NOT NULL,
            key_sealed BYTEA,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (pool, token_hash)
        )
        """,
        "CREATE INDEX contract_sessions_expiry ON contract_sessions (expires_at)",
        "CREATE INDEX contract_sessions_of_account ON contract_sessions (pool, app_id, openid)",
        // Milliseconds, and a nonce beyond 63 bits: both as texts.
        """
        CREATE TABLE used_signatures (
            pool TEXT NOT NULL,
            token_hash TEXT NOT NULL,
            signed_at TEXT NOT NULL,
            nonce TEXT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (pool, token_hash, signed_at, nonce)
        )
        """,
        "CREATE INDEX used_signatures_expiry ON used_signatures (expires_at)",
    ]
}
