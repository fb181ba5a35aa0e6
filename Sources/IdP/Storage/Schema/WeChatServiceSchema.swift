/// WeChat for the operator's other programs: shared tokens, and messages seen.
enum WeChatServiceSchema {
    static let statements: [String] = [
        // One row for each app, kind and secret. Who holds the lease is the only one to ask WeChat.
        """
        CREATE TABLE wechat_credentials (
            app_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            secret_hash TEXT NOT NULL,
            value_sealed BYTEA,
            generation BIGINT NOT NULL,
            refresh_at BIGINT NOT NULL,
            valid_until BIGINT NOT NULL,
            lease TEXT,
            leased_until BIGINT NOT NULL,
            failures BIGINT NOT NULL,
            failure_code BIGINT,
            next_attempt_at BIGINT NOT NULL,
            force_day BIGINT,
            force_count BIGINT NOT NULL,
            forced_at BIGINT,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (app_id, kind, secret_hash)
        )
        """,
        "CREATE INDEX wechat_credentials_by_expiry ON wechat_credentials (expires_at)",
        """
        CREATE TABLE wechat_messages (
            pool TEXT NOT NULL,
            connection TEXT NOT NULL,
            message_hash TEXT NOT NULL,
            expires_at BIGINT NOT NULL,
            PRIMARY KEY (pool, connection, message_hash)
        )
        """,
        "CREATE INDEX wechat_messages_by_expiry ON wechat_messages (expires_at)",
    ]
}
