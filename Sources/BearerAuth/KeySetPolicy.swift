/// How long a provider's keys are used, and how often they are asked for.
public struct KeySetPolicy: Sendable {
    /// How long a set is used without asking again.
    public var freshFor: Duration
    /// How long an old set is still used while the provider does not answer.
    ///
    /// The bound on how long a key that was withdrawn may go on being trusted.
    public var staleFor: Duration
    /// The shortest time between two questions for a key that the set lacks, so that strangers can't make a back end ask
    /// all day by sending made-up key identifiers.
    public var unknownKeyPause: Duration
    /// The shortest time between two questions while the provider does not answer.
    public var retryPause: Duration

    /// Ten minutes, a day, half a minute, two seconds.
    public init(
        freshFor: Duration = .seconds(600), staleFor: Duration = .seconds(86_400),
        unknownKeyPause: Duration = .seconds(30), retryPause: Duration = .seconds(2)
    ) {
        self.freshFor = freshFor
        self.staleFor = staleFor
        self.unknownKeyPause = unknownKeyPause
        self.retryPause = retryPause
    }
}
