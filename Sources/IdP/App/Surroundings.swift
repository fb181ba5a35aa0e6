import Foundation
import JWT

/// What the provider takes from the world outside: the time and chance.
///
/// A test hands in its own.
public struct Surroundings: Sendable {
    /// The current time.
    public var now: @Sendable () -> Date
    /// That many unpredictable bytes.
    public var randomBytes: @Sendable (Int) -> [UInt8]
    /// Time since some moment in the past, for measuring; it never jumps.
    public var uptime: @Sendable () -> Duration
    /// Waits.
    public var sleep: @Sendable (Duration) async throws -> Void

    /// Makes surroundings from their parts.
    public init(
        now: @escaping @Sendable () -> Date, randomBytes: @escaping @Sendable (Int) -> [UInt8],
        uptime: @escaping @Sendable () -> Duration = Self.systemUptime,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.now = now
        self.randomBytes = randomBytes
        self.uptime = uptime
        self.sleep = sleep
    }

    private static let beginning = ContinuousClock.now

    /// The system's own count.
    public static let systemUptime: @Sendable () -> Duration = { beginning.duration(to: .now) }

    /// The system's clock and OpenSSL's generator.
    public static let system = Self(now: { Date() }, randomBytes: { SecureRandom.bytes($0) })

    /// 256 unpredictable bits as 43 characters of base64url: codes, tokens, cookies.
    func token() -> String {
        Base64URL.encode(randomBytes(32))
    }

    /// 128 unpredictable bits as 32 characters `[0-9a-f]`: WeChat returns such a `state` unharmed, even in old clients.
    func hexToken() -> String {
        randomBytes(16).hex
    }
}

extension Collection<UInt8> {
    /// Two lower-case digits a byte.
    var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Duration {
    /// Whole seconds, for arithmetic on `Date`.
    var inSeconds: TimeInterval { TimeInterval(components.seconds) }
}
