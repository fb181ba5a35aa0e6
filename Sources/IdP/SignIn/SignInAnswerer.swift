/// An answer that is ready to be given: where the browser goes, and what must be stored in the same transaction.
struct PreparedAnswer: Sendable {
    var location: String
    /// The code that `location` carries, when it carries one.
    var codeHash: CodeHash?
    var persist: @Sendable (any Transaction) throws -> Void
}

/// A front door's way to word answers.
///
/// `Authorize` answers with a code; a replaced system's door in its own shape.
protocol SignInAnswerer: Sendable {
    /// The answer for a person who is signed in.
    func answer(_ request: SignInRequest, session: Session, user: User) async throws -> PreparedAnswer

    /// Where the browser goes when there is nothing but an error to tell.
    func refusal(_ request: SignInRequest, error: OAuthError) throws -> String
}
