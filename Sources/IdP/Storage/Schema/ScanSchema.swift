/// Scan sign-in: the tickets that a desktop shows and a phone confirms.
enum ScanSchema {
    static let statements: [String] = [
        """
        CREATE TABLE scan_tickets (
            ticket_hash TEXT PRIMARY KEY,
            pool TEXT NOT NULL,
            handle_hash TEXT NOT NULL REFERENCES sign_ins (handle_hash) ON DELETE CASCADE,
            serial BIGINT NOT NULL,
            ticket_sealed BYTEA NOT NULL,
            secret_hash TEXT NOT NULL,
            number BIGINT NOT NULL,
            numbers TEXT NOT NULL,
            browser TEXT NOT NULL,
            system TEXT NOT NULL,
            address TEXT NOT NULL,
            state TEXT NOT NULL,
            sid TEXT,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            UNIQUE (handle_hash, serial)
        )
        """,
        "CREATE INDEX scan_tickets_by_secret ON scan_tickets (pool, secret_hash)",
        "CREATE INDEX scan_tickets_by_expiry ON scan_tickets (expires_at)",
    ]
}
