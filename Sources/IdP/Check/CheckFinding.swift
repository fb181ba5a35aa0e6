import Foundation
import JWT

/// One thing that `wxidp check` has looked at.
public struct CheckFinding: Sendable, Equatable {
    /// How good it is.
    public enum Level: String, Sendable, CaseIterable {
        /// As it should be.
        case ok
        /// Works, but not for ever or not for everything.
        case warning
        /// People can't sign in, or not safely, until somebody acts.
        case failed
        /// Could not be looked at from here.
        case skipped
    }

    /// What was looked at.
    public enum Check: String, Sendable, CaseIterable {
        /// AppID and AppSecret, asked of WeChat.
        case credentials
        /// The app's own token, for which alone WeChat looks at the allow list.
        case accountToken = "account_token"
        /// What `public_url` says.
        case publicURL = "public_url"
        /// Whether this provider answers there.
        case discovery
        /// The file that proves the host to WeChat.
        case domainProof = "domain_proof"
        /// Our clock against WeChat's.
        case clock
        /// Whether connections share their people.
        case openPlatform = "open_platform"
        /// Where WeChat's messages arrive.
        case messages
        /// The file of the master key.
        case masterKey = "master_key"
    }

    /// What was looked at.
    public var check: Check
    /// How good it is.
    public var level: Level
    /// Pool, connection, AppID or key that it is about.
    public var subject: String
    /// What was found, in one sentence.
    public var message: String
    /// What to do, with the labels of WeChat's console; nil when there is nothing to do.
    public var remedy: String?

    /// Describes one finding.
    public init(_ check: Check, _ level: Level, _ subject: String, _ message: String, remedy: String? = nil) {
        (self.check, self.level, self.subject) = (check, level, subject)
        (self.message, self.remedy) = (message, remedy)
    }

    /// True when nothing is wrong.
    public var isGood: Bool { level == .ok }

    /// One line for the operator.
    public var text: String { "\(subject): \(message)" + (remedy.map { "; \($0)" } ?? "") }

    /// The same for a program.
    var json: JSON {
        var object: JSONObject = [
            "check": .string(check.rawValue), "level": .string(level.rawValue), "subject": .string(subject),
            "message": .string(message),
        ]
        object["remedy"] = remedy.map { .string($0) }
        return .object(object)
    }
}

extension [CheckFinding] {
    /// True when nothing has failed; warnings are none.
    public var isPassing: Bool { allSatisfy { $0.level != .failed } }

    /// `{"ok", "checked_at", "findings": [{"check", "level", "subject", "message", "remedy"}]}`; the time in Unix seconds.
    public func json(at time: Date = Date()) -> String {
        JSON.object([
            "ok": .bool(isPassing), "checked_at": .integer(Int64(time.timeIntervalSince1970)),
            "findings": .array(map(\.json)),
        ]).text
    }
}
