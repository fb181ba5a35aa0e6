/// What happened to identities: links, merges, contradictions, and what is needed to undo a merge.
///
/// A person has one openid at an app and one unionid on an open platform: two of either would be two people.
enum IdentitySchema {
    static let statements: [String] = [
        "CREATE UNIQUE INDEX wechat_openids_one_an_app ON wechat_openids (pool, app_id, user_id)",
        "CREATE UNIQUE INDEX wechat_unionids_one_a_platform ON wechat_unionids (pool, open_platform, user_id)",
        "CREATE INDEX users_merged ON users (pool, merged_into) WHERE merged_into IS NOT NULL",
        """
        CREATE TABLE identity_events (
            pool TEXT NOT NULL,
            id TEXT NOT NULL,
            kind TEXT NOT NULL,
            reason TEXT NOT NULL,
            user_id TEXT NOT NULL,
            other_user_id TEXT,
            details TEXT NOT NULL,
            happened_at BIGINT NOT NULL,
            undone_at BIGINT,
            expires_at BIGINT,
            PRIMARY KEY (pool, id)
        )
        """,
        "CREATE INDEX identity_events_of_user ON identity_events (pool, user_id, kind)",
        "CREATE INDEX identity_events_of_other ON identity_events (pool, other_user_id, kind)",
        "CREATE INDEX identity_events_by_kind ON identity_events (kind, happened_at)",
        "CREATE INDEX identity_events_by_expiry ON identity_events (expires_at)",
    ]
}
