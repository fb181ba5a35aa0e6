/// Mini programs: sessions of people, and what their contracts remember.
enum MiniProgramSchema {
    static let statements: [String] = [
        // One row a person and mini program, as WeChat keeps one session key for both.
        """
        CREATE TABLE mini_program_sessions (
            pool TEXT NOT NULL,
            app_id TEXT NOT NULL,
            openid TEXT NOT NULL,
            session_key_sealed BYTEA NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (pool, app_id, openid)
        )
        """,
        "CREATE INDEX mini_program_sessions_by_expiry ON mini_program_sessions (expires_at)",
        // Makes proofs of one telephone number wait for one another.
        """
        CREATE TABLE phone_number_proofs (
            pool TEXT NOT NULL,
            number_hash TEXT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (pool, number_hash)
        )
        """,
        "CREATE INDEX phone_number_proofs_by_expiry ON phone_number_proofs (expires_at)",
        "CREATE INDEX users_by_phone_number ON users (pool, phone_number) WHERE phone_number IS NOT NULL",
        // A proof ages: numbers go back to the carrier, and then to other people.
        "ALTER TABLE users ADD COLUMN phone_number_proven_at BIGINT",
        // Through which app a person came whose code was exchanged for tokens.
        "ALTER TABLE grants ADD COLUMN app_id TEXT",
        "ALTER TABLE grants ADD COLUMN openid TEXT",
    ]
}
