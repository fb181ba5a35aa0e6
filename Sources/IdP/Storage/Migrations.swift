import Foundation

/// The schema as an ordered list that is only ever appended to; each step runs once, in its own transaction.
enum Migrations {
    /// Brings a database to the newest schema.
    ///
    /// - Throws: `StorageError.schemaTooNew` when a later version of this program has been here.
    static func run(on database: any Database) async throws {
        try await run(steps, on: database)
    }

    static func run(_ steps: [[String]], on database: any Database) async throws {
        try await database.transaction { transaction in
            try transaction.query("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)", [])
        }
        let applied = try await database.query("SELECT COALESCE(MAX(version), 0) AS version FROM schema_version", [])
        let current = Int(try applied.first?.integer("version") ?? 0)
        guard current <= steps.count else {
            throw StorageError.schemaTooNew(found: current, known: steps.count)
        }
        for (index, statements) in steps.enumerated().dropFirst(current) {
            try await database.transaction { transaction in
                // Another process may have started on the same database and been here first.
                let rows = try transaction.query("SELECT MAX(version) AS version FROM schema_version", [])
                guard try (rows.first?.optionalInteger("version") ?? 0) == index else { return }
                for statement in statements {
                    try transaction.query(statement, [])
                }
                try transaction.query(
                    "INSERT INTO schema_version (version) VALUES ($1)", [.integer(Int64(index + 1))])
            }
        }
    }

    /// Times are Unix seconds.
    ///
    /// Columns that end in `_hash` hold SHA-256 as base64url; those that end in `_sealed` are encrypted with the master
    /// key. No token, code, state or cookie of ours is stored in any other form; an application's own `state` and `nonce`
    /// wait in the clear until its sign-in ends.
    static let steps: [[String]] = [
        base,
        MiniProgramSchema.statements + ScanSchema.statements + WeChatServiceSchema.statements
            + IdentitySchema.statements + CompatibilitySchema.statements,
    ]

    /// Sign-in by web page authorization, and the OpenID provider.
    private static let base: [String] = [
        """
        CREATE TABLE master_key (
            only BIGINT PRIMARY KEY CHECK (only = 1),
            fingerprint TEXT NOT NULL
        )
        """,
        """
        CREATE TABLE signing_keys (
            pool TEXT NOT NULL,
            kid TEXT NOT NULL,
            algorithm TEXT NOT NULL,
            state TEXT NOT NULL,
            public_key TEXT NOT NULL,
            private_key_sealed BYTEA,
            token_lifetime BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            active_at BIGINT NOT NULL,
            retire_at BIGINT,
            PRIMARY KEY (pool, kid),
            CHECK (state = 'retired' OR private_key_sealed IS NOT NULL)
        )
        """,
        "CREATE UNIQUE INDEX signing_keys_active ON signing_keys (pool, algorithm) WHERE state = 'active'",
        "CREATE UNIQUE INDEX signing_keys_pending ON signing_keys (pool, algorithm) WHERE state = 'pending'",
        """
        CREATE TABLE change_counters (
            name TEXT PRIMARY KEY,
            value BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE users (
            pool TEXT NOT NULL,
            id TEXT NOT NULL,
            nickname TEXT,
            picture TEXT,
            email TEXT,
            email_verified BIGINT NOT NULL DEFAULT 0,
            phone_number TEXT,
            phone_number_verified BIGINT NOT NULL DEFAULT 0,
            address TEXT,
            roles TEXT,
            profile_asked_at BIGINT,
            blocked BIGINT NOT NULL DEFAULT 0,
            merged_into TEXT,
            sign_ins BIGINT NOT NULL DEFAULT 0,
            last_sign_in_at BIGINT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (pool, id)
        )
        """,
        """
        CREATE TABLE wechat_openids (
            pool TEXT NOT NULL,
            app_id TEXT NOT NULL,
            openid TEXT NOT NULL,
            unionid TEXT,
            user_id TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (pool, app_id, openid),
            FOREIGN KEY (pool, user_id) REFERENCES users (pool, id)
        )
        """,
        "CREATE INDEX wechat_openids_of_user ON wechat_openids (pool, user_id)",
        """
        CREATE TABLE wechat_unionids (
            pool TEXT NOT NULL,
            open_platform TEXT NOT NULL,
            unionid TEXT NOT NULL,
            user_id TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (pool, open_platform, unionid),
            FOREIGN KEY (pool, user_id) REFERENCES users (pool, id)
        )
        """,
        "CREATE INDEX wechat_unionids_of_user ON wechat_unionids (pool, user_id)",
        """
        CREATE TABLE sessions (
            pool TEXT NOT NULL,
            sid TEXT NOT NULL,
            secret_hash TEXT NOT NULL,
            user_id TEXT NOT NULL,
            app_id TEXT NOT NULL,
            openid TEXT NOT NULL,
            acr TEXT NOT NULL,
            auth_time BIGINT NOT NULL,
            confirmed_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (pool, sid),
            FOREIGN KEY (pool, user_id) REFERENCES users (pool, id)
        )
        """,
        "CREATE UNIQUE INDEX sessions_by_secret ON sessions (pool, secret_hash)",
        "CREATE INDEX sessions_of_user ON sessions (pool, user_id)",
        "CREATE INDEX sessions_by_expiry ON sessions (expires_at)",
        """
        CREATE TABLE sign_ins (
            handle_hash TEXT PRIMARY KEY,
            pool TEXT NOT NULL,
            binding_hash TEXT NOT NULL,
            request TEXT NOT NULL,
            restarts BIGINT NOT NULL,
            stage TEXT NOT NULL,
            insisted BIGINT NOT NULL,
            confirmed BIGINT NOT NULL,
            sid TEXT,
            answer_sealed BYTEA,
            code_hash TEXT,
            answered_at BIGINT,
            expires_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX sign_ins_by_binding ON sign_ins (pool, binding_hash, answered_at)",
        "CREATE INDEX sign_ins_by_expiry ON sign_ins (expires_at)",
        """
        CREATE TABLE wechat_rounds (
            state_hash TEXT PRIMARY KEY,
            handle_hash TEXT NOT NULL REFERENCES sign_ins (handle_hash) ON DELETE CASCADE,
            handle_sealed BYTEA NOT NULL,
            connection TEXT NOT NULL,
            purpose TEXT NOT NULL,
            claimed_at BIGINT,
            finished_at BIGINT,
            snapshot_code_hash TEXT,
            expires_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX wechat_rounds_of_sign_in ON wechat_rounds (handle_hash)",
        """
        CREATE TABLE grants (
            pool TEXT NOT NULL,
            id TEXT NOT NULL,
            kind TEXT NOT NULL,
            client_id TEXT NOT NULL,
            user_id TEXT,
            sid TEXT,
            claims TEXT,
            resources TEXT,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            revoked_at BIGINT,
            PRIMARY KEY (pool, id),
            FOREIGN KEY (pool, user_id) REFERENCES users (pool, id)
        )
        """,
        "CREATE INDEX grants_of_user ON grants (pool, user_id)",
        "CREATE INDEX grants_of_session ON grants (pool, sid)",
        "CREATE INDEX grants_by_expiry ON grants (expires_at)",
        """
        CREATE TABLE authorization_codes (
            pool TEXT NOT NULL,
            code_hash TEXT NOT NULL,
            grant_id TEXT NOT NULL,
            client_id TEXT NOT NULL,
            redirect_uri TEXT NOT NULL,
            code_challenge TEXT,
            nonce TEXT,
            scope TEXT NOT NULL,
            acr TEXT NOT NULL,
            auth_time BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            consumed_at BIGINT,
            PRIMARY KEY (pool, code_hash)
        )
        """,
        "CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at)",
        """
        CREATE TABLE refresh_tokens (
            pool TEXT NOT NULL,
            token_hash TEXT NOT NULL,
            grant_id TEXT NOT NULL,
            client_id TEXT NOT NULL,
            scope TEXT NOT NULL,
            acr TEXT NOT NULL,
            auth_time BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            rotated_at BIGINT,
            successor_hash TEXT,
            successor_sealed BYTEA,
            PRIMARY KEY (pool, token_hash)
        )
        """,
        "CREATE INDEX refresh_tokens_of_grant ON refresh_tokens (pool, grant_id)",
        "CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at)",
        """
        CREATE TABLE access_tokens (
            pool TEXT NOT NULL,
            token_hash TEXT NOT NULL,
            grant_id TEXT NOT NULL,
            client_id TEXT NOT NULL,
            scope TEXT NOT NULL,
            audience TEXT NOT NULL,
            acr TEXT,
            auth_time BIGINT,
            issued_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (pool, token_hash)
        )
        """,
        "CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at)",
        """
        CREATE TABLE revoked_tokens (
            pool TEXT NOT NULL,
            jti TEXT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (pool, jti)
        )
        """,
        "CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at)",
        """
        CREATE TABLE client_assertions (
            pool TEXT NOT NULL,
            client_id TEXT NOT NULL,
            jti_hash TEXT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (pool, client_id, jti_hash)
        )
        """,
        "CREATE INDEX client_assertions_by_expiry ON client_assertions (expires_at)",
        """
        CREATE TABLE consents (
            pool TEXT NOT NULL,
            user_id TEXT NOT NULL,
            client_id TEXT NOT NULL,
            scope TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (pool, user_id, client_id),
            FOREIGN KEY (pool, user_id) REFERENCES users (pool, id)
        )
        """,
        """
        CREATE TABLE device_codes (
            pool TEXT NOT NULL,
            device_code_hash TEXT NOT NULL,
            user_code_hash TEXT NOT NULL,
            client_id TEXT NOT NULL,
            scope TEXT NOT NULL,
            status TEXT NOT NULL,
            user_id TEXT,
            sid TEXT,
            acr TEXT,
            auth_time BIGINT,
            poll_interval BIGINT NOT NULL,
            polled_at BIGINT,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (pool, device_code_hash)
        )
        """,
        "CREATE UNIQUE INDEX device_codes_by_user_code ON device_codes (pool, user_code_hash)",
        "CREATE INDEX device_codes_by_expiry ON device_codes (expires_at)",
        """
        CREATE TABLE logout_notices (
            pool TEXT NOT NULL,
            id TEXT NOT NULL,
            client_id TEXT NOT NULL,
            subject TEXT NOT NULL,
            sid TEXT NOT NULL,
            attempts BIGINT NOT NULL,
            next_attempt_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (pool, id)
        )
        """,
        "CREATE INDEX logout_notices_by_time ON logout_notices (next_attempt_at)",
    ]
}
