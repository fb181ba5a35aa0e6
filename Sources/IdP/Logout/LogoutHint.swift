import JWT

/// An ID token that came back as `id_token_hint`, found genuine.
///
/// OpenID Connect RP-Initiated Logout section 2: also one that has expired, and one whose key has been retired since.
struct LogoutHint: Sendable {
    /// The application it was issued to.
    let application: Application
    private let subject: String
    private let sid: String?

    /// Takes an ID token of this pool for one of its applications; nil for anything else.
    init?(_ token: String, pool: Pool, issuer: TokenIssuer) {
        guard let claims = issuer.hint(token, pool: pool), claims.audience.count == 1,
            let clientID = ClientID(rawValue: claims.audience[0]), let application = pool.application(clientID),
            let subject = claims.subject
        else { return nil }
        self.application = application
        self.subject = subject
        sid = claims["sid"]?.stringValue
    }

    /// True when it speaks of this very session, or of an earlier one of the same person.
    func names(_ session: Session, subjects: SubjectIdentifiers) throws -> Bool {
        try sid == session.id.rawValue
            || subject == subjects.subject(of: session.userID, for: application, in: session.pool)
    }
}
