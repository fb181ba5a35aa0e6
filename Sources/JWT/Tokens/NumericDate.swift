#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Dates as seconds since 1970 (RFC 7519 section 2).
enum NumericDate {
    /// To the end of the year 9999, beyond which calendars and other people's parsers fail.
    private static let range = 0.0...253_402_300_799

    /// Reads whole or fractional seconds; nil for other values and for years beyond 9999.
    static func date(_ json: JSON) -> Date? {
        guard let seconds = json.numberValue, range.contains(seconds) else { return nil }
        return Date(timeIntervalSince1970: seconds)
    }

    /// Whole seconds, rounded down and kept within the range; nil for a date that is not a number.
    static func json(_ date: Date) -> JSON? {
        let seconds = date.timeIntervalSince1970
        guard !seconds.isNaN else { return nil }
        return .integer(Int64(min(max(seconds, range.lowerBound), range.upperBound)))
    }
}
