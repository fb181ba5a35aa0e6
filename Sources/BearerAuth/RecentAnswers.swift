/// The provider's answers about tokens without a signature, for a moment.
///
/// A token alone may be sent again and again, so its answer may be kept for as long as a revocation may take to arrive.
actor RecentAnswers {
    private let capacity: Int
    private let lifetime: Duration
    private let uptime: @Sendable () -> Duration
    private var answers: [[UInt8]: (answer: SignedRequestPrincipal?, until: Duration)] = [:]

    init(capacity: Int, lifetime: Duration, uptime: @escaping @Sendable () -> Duration) {
        self.capacity = capacity
        self.lifetime = lifetime
        self.uptime = uptime
    }

    /// An answer that is young enough; its inner nil says that the token was refused.
    func answer(_ key: [UInt8]) -> SignedRequestPrincipal?? {
        guard let entry = answers[key], uptime() < entry.until else { return nil }
        return .some(entry.answer)
    }

    func keep(_ answer: SignedRequestPrincipal?, for key: [UInt8]) {
        let now = uptime()
        if answers.count >= capacity {
            answers = answers.filter { $0.value.until > now }
            // All of them young: begin anew rather than grow.
            if answers.count >= capacity { answers = [:] }
        }
        answers[key] = (answer, now + lifetime)
    }
}
