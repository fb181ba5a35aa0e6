/// Where and how patiently a ``WeChatClient`` calls.
public struct WeChatOptions: Sendable {
    /// Scheme and host of WeChat's API, without a slash at the end.
    public var apiURL: String
    /// A second host, tried in turn when a request could not be sent, for instance `https://api2.weixin.qq.com`.
    public var backupAPIURL: String?
    /// How long one request may take in all.
    public var timeout: Duration
    /// How long a connection may take to open, told to the transport with each request.
    ///
    /// ``AsyncHTTPClientTransport`` cannot follow it, since its client sets one time for all requests: make that client
    /// with ``AsyncHTTPClientTransport/configuration(connectTimeout:)`` and the same value.
    public var connectTimeout: Duration
    /// How many times one call may be repeated, whatever the reasons.
    public var maxRetries: Int
    /// The pause before a repetition; a busy answer (`-1`) is repeated after 0.2 s and 1 s, or this if shorter.
    public var retryDelay: Duration
    /// The `User-Agent` header.
    public var userAgent: String
    /// The longest a call may take with all its repetitions and pauses; nil means no limit beyond the others.
    public var deadline: Duration?
    /// Waits; replaced by tests.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// Time since any fixed moment, never going back; replaced by tests.
    public var uptime: @Sendable () -> Duration

    /// The defaults suit a batch job; a server with a person waiting sets shorter times and a deadline.
    public init(
        apiURL: String = "https://api.weixin.qq.com",
        backupAPIURL: String? = nil,
        timeout: Duration = .seconds(30),
        connectTimeout: Duration = .seconds(10),
        maxRetries: Int = 3,
        retryDelay: Duration = .seconds(1),
        userAgent: String = "wxidp",
        deadline: Duration? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        uptime: @escaping @Sendable () -> Duration = WeChatOptions.continuousUptime
    ) {
        self.apiURL = apiURL
        self.backupAPIURL = backupAPIURL
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maxRetries = maxRetries
        self.retryDelay = retryDelay
        self.userAgent = userAgent
        self.deadline = deadline
        self.sleep = sleep
        self.uptime = uptime
    }

    private static let start = ContinuousClock.now

    /// Time since the first call, by the continuous clock.
    public static let continuousUptime: @Sendable () -> Duration = { ContinuousClock.now - start }
}
