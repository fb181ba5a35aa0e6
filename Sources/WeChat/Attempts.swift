/// Decides whether a failed call is made again, where and when.
struct Attempts {
    private let call: WeChatCall
    private let options: WeChatOptions
    private let end: Duration?
    private var retries = 0
    private var busyAnswers = 0
    private var usesBackup = false

    init(call: WeChatCall, options: WeChatOptions) {
        self.call = call
        self.options = options
        end = options.deadline.map { options.uptime() + $0 }
    }

    /// The host of the next attempt.
    var host: String {
        (usesBackup ? options.backupAPIURL ?? options.apiURL : options.apiURL).withoutTrailingSlashes
    }

    /// What is left of the deadline; one millisecond at least, since a time limit of zero means none to some clients.
    var remaining: Duration {
        guard let end else { return max(options.timeout, options.connectTimeout) }
        return max(end - options.uptime(), .milliseconds(1))
    }

    /// The pause before the next attempt; nil when there shall be none.
    mutating func pause(after failure: WeChatError) -> Duration? {
        guard retries < options.maxRetries, let pause = delay(after: failure) else { return nil }
        if let end, options.uptime() + pause >= end { return nil }
        retries += 1
        return pause
    }

    private mutating func delay(after failure: WeChatError) -> Duration? {
        switch failure {
        case .api(let error):
            guard case .now(let tries) = error.code.retry, busyAnswers < tries else { return nil }
            busyAnswers += 1
            return min(options.retryDelay, busyAnswers == 1 ? .milliseconds(200) : .seconds(1))
        case .transport(.notSent(.invalidRequest)), .transport(.answerLost(.cancelled)), .transport(.bodyTooLarge):
            return nil
        case .transport(.notSent(.crowded)):
            return nil
        case .transport(.notSent(.paused)):
            // Nothing was tried, so nothing is waited for; without a second host there is nothing else to try.
            usesBackup.toggle()
            return options.backupAPIURL == nil ? nil : .zero
        case .transport(.notSent):
            usesBackup.toggle()
            return options.retryDelay
        case .transport(.answerLost):
            // Sent means that the code may be used up: repeating would turn a success into 40163.
            return call.isRepeatable ? options.retryDelay : nil
        case .unreadable(.httpStatus(500...)), .unreadable(.emptyBody), .unreadable(.truncated):
            return call.isRepeatable ? options.retryDelay : nil
        case .unreadable, .openIDMismatch, .notCalled:
            return nil
        }
    }
}
