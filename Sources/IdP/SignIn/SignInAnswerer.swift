/// How an answer travels to the application.
enum AnswerDelivery: Codable, Sendable, Equatable {
    /// In the address that the browser is sent to.
    case redirect(String)
    /// In a form that the browser posts.
    ///
    /// OAuth 2.0 Form Post Response Mode.
    case form(action: String, fields: [Field])
    /// By `postMessage` from a popup to the page that opened it; the targets are the only origins that may read it.
    case message(text: String, targets: [String])

    struct Field: Codable, Sendable, Equatable {
        var name: String
        var value: String
    }
}

/// An answer that is ready to be given: how it travels, and what must be stored in the same transaction.
struct PreparedAnswer: Sendable {
    var delivery: AnswerDelivery
    /// The code that the answer carries, when it carries one.
    var codeHash: CodeHash?
    var persist: @Sendable (any Transaction) throws -> Void
}

/// A front door's way to word answers.
///
/// `Authorize` answers with a code; a replaced system's door in its own shape.
protocol SignInAnswerer: Sendable {
    /// The answer for a person who is signed in.
    func answer(_ request: SignInRequest, session: Session, user: User) async throws -> PreparedAnswer

    /// The answer when there is nothing but an error to tell.
    func refusal(_ request: SignInRequest, error: OAuthError) throws -> AnswerDelivery
}
