/// Something that goes wrong with one API call.
public struct Fault: Codable, Sendable, Hashable {
    /// What goes wrong.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The answer is an error number.
        case error
        /// HTTP 502 with a page of HTML.
        case badGateway
        /// HTTP 200 with nothing in it.
        case emptyBody
        /// The answer stops in the middle.
        case truncated
        /// The answer comes late.
        case slow
        /// The connection closes, the call has taken effect.
        case resetAfterProcessing
        /// The connection closes, the call has not taken effect.
        case resetBeforeProcessing
        /// TLS fails; in-process only, since a server that is asked was reached.
        case tlsFailure
        /// The host has no address; in-process only, likewise.
        case dnsFailure

        /// Whether only ``Simulator/answer(method:pathAndQuery:headers:body:)`` can show it; a server just cuts the
        /// connection.
        var isInProcessOnly: Bool { self == .tlsFailure || self == .dnsFailure }
    }

    /// What goes wrong.
    public var kind: Kind
    /// The number of ``Kind/error``.
    public var number: Int
    /// The delay of ``Kind/slow``, 0 to 1e9 seconds.
    public var seconds: Double
    /// Whether an error, bad gateway or empty body hides a call that has taken effect.
    public var takesEffect: Bool
    /// The only host it happens at, as the `Host` header names it; nil for any.
    public var host: String?

    /// Describes one fault.
    public init(_ kind: Kind, number: Int = -1, seconds: Double = 0, takesEffect: Bool = false, host: String? = nil) {
        self.kind = kind
        self.number = number
        self.seconds = seconds
        self.takesEffect = takesEffect
        self.host = host
    }

    /// Reads one from JSON; all but `kind` may be left out.
    ///
    /// - Throws: `DecodingError` also for seconds beyond 0 to 1e9.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try container.decode(Kind.self, forKey: .kind),
            number: try container.decodeIfPresent(Int.self, forKey: .number) ?? -1,
            seconds: try container.decodeIfPresent(Double.self, forKey: .seconds) ?? 0,
            takesEffect: try container.decodeIfPresent(Bool.self, forKey: .takesEffect) ?? false,
            host: try container.decodeIfPresent(String.self, forKey: .host)
        )
        guard Seconds.range.contains(seconds) else {
            throw DecodingError.dataCorruptedError(forKey: .seconds, in: container, debugDescription: "0 to 1e9")
        }
    }

    /// An error number, such as -1 or 45009.
    public static func error(_ number: Int, takesEffect: Bool = false) -> Fault {
        Fault(.error, number: number, takesEffect: takesEffect)
    }

    /// A late answer.
    public static func slow(seconds: Double) -> Fault { Fault(.slow, seconds: seconds) }

    /// Whether the call is carried out although its answer is lost or replaced.
    var isCarriedOut: Bool {
        switch kind {
        case .truncated, .slow, .resetAfterProcessing: true
        case .error, .badGateway, .emptyBody: takesEffect
        case .resetBeforeProcessing, .tlsFailure, .dnsFailure: false
        }
    }
}
