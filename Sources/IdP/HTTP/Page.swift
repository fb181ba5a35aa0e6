import HTTPTypes
import Logging

/// What a page says; ``PageRenderer`` puts it into the one layout.
struct Page: Sendable {
    enum Icon: String, Sendable {
        case wechat = "iconWechat"
        case app = "iconApp"
        case error = "iconError"
        case wait = "iconWait"
        case info = "iconInfo"
    }

    struct Link: Sendable {
        var label: String
        var href: String
        /// Leaves this page open beside it.
        var opensTab = false
    }

    struct Form: Sendable {
        var action: String
        var fields: [(name: String, value: String)] = []
        /// What a person types.
        var input: Input?
        /// What a person picks.
        var choices: Choices?
        /// The answer that allows, of a decision.
        var allowLabel: String?
        var denyLabel: String?
        /// The one way on, where nothing is decided.
        var continueLabel: String?
        /// Goes off without a press where scripts run.
        var submitsItself = false
    }

    /// The one line of a form that is typed.
    struct Input: Sendable {
        var name: String
        var label: String
        var value: String
    }

    /// What a page that was opened as a popup tells the page that opened it; then it closes itself.
    struct Message: Sendable {
        /// The only origins that may read it.
        var targets: [String]
        /// JSON.
        var text: String
    }

    /// Buttons of which one is pressed.
    struct Choices: Sendable {
        var name: String
        var label: String
        var values: [String]
    }

    /// A QR code, and the number beside it.
    struct Code: Sendable {
        var picture: QRPicture
        var label: String
        var number: String
        var numberLabel: String
    }

    /// A page of WeChat's inside ours.
    struct Frame: Sendable {
        var address: String
        var title: String
        /// What may load in it, for the policy: WeChat's pages, and what they return to.
        var sources: [String]
    }

    /// What the page's script does, where scripts run; without it the page's links do the same.
    enum Script: Sendable {
        /// Waits for an event, then goes on.
        case waiting(events: String, next: String)
        /// Takes the whole window to the main link, out of a frame.
        case leavingFrame
    }

    /// A line of a list, with what can be done about it.
    struct Entry: Sendable {
        var label: String
        var value: String
        var form: Form
    }

    /// A stable name that scripts recognise the page by.
    var marker: String
    var status: HTTPResponse.Status = .ok
    var icon: Icon?
    var heading: String
    var paragraphs: [String]
    var details: [(label: String, value: String)] = []
    var entries: [Entry] = []
    var code: Code?
    var frame: Frame?
    /// The one main control: a link, or a form where something is decided.
    var primary: Link?
    var form: Form?
    var secondary: Link?
    var message: Message?
    /// Further ways on, below the others.
    var others: [Link] = []
    var script: Script?
    var poolName: String?
}

/// A failure that a person reads.
struct PageFailure: Error, Sendable {
    var text: PageText
    var status: HTTPResponse.Status
    /// Where "try again" leads, when there is something to go back to.
    var retry: String?
    var poolName: String?
    /// The language the application asked for; else the browser's decides.
    var language: Language?
    /// For the operator's log; holds nothing secret.
    var cause: String?
    /// True when the operator, not the person, must act.
    var needsOperator = false
    /// After how many seconds trying again makes sense; the `Retry-After` header.
    var retryAfter: Int?

    init(
        _ text: PageText, status: HTTPResponse.Status = .badRequest, retry: String? = nil, poolName: String? = nil,
        language: Language? = nil, cause: String? = nil, needsOperator: Bool = false
    ) {
        self.text = text
        self.status = status
        self.retry = retry
        self.poolName = poolName
        self.language = language
        self.cause = cause
        self.needsOperator = needsOperator
    }
}

extension PageFailure {
    func log(to logger: Logger) {
        let level: Logger.Level = needsOperator ? .error : .notice
        logger.log(level: level, "refused", metadata: ["page": "\(text.rawValue)", "cause": "\(cause ?? "-")"])
    }
}
