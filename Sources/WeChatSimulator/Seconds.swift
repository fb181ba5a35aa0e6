/// The times that a behaviour or fault may name, in seconds.
///
/// Thirty years serve every test, and what is longer fits neither a `Duration` nor an `Int` of milliseconds for sure.
enum Seconds {
    static let range = 0.0...1e9

    /// The nearest time in the range, for those set in Swift, which nobody checks.
    static func clamped(_ seconds: Double) -> Double {
        seconds.isNaN ? 0 : min(max(seconds, range.lowerBound), range.upperBound)
    }
}
