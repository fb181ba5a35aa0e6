/// The two-digit number that a desktop shows, among the three that its phone may pick from.
///
/// They stay the same for a ticket: whoever opened it twice and saw others each time would learn the right one.
struct ScanNumbers: Sendable, Equatable {
    static let count = 3
    private static let range = 10...99

    let right: Int
    /// All of them in ascending order, so that the place says nothing.
    let offered: [Int]

    /// Draws three different ones.
    ///
    /// - Parameter chance: as many unpredictable bytes as asked for.
    init(chance: (Int) -> [UInt8]) {
        var drawn: [Int] = []
        while drawn.count < Self.count {
            // Two bytes make each of the 90 as likely as any other, to one in 700.
            let number = chance(2).reduce(0) { $0 << 8 | Int($1) } % Self.range.count + Self.range.lowerBound
            if !drawn.contains(number) { drawn.append(number) }
        }
        right = drawn[0]
        offered = drawn.sorted()
    }

    /// As they were stored.
    init?(right: Int, offered text: String) {
        let offered = text.split(separator: " ").compactMap { Int($0) }
        guard offered.count == Self.count, offered.contains(right) else { return nil }
        (self.right, self.offered) = (right, offered)
    }

    var stored: String { offered.map(String.init).joined(separator: " ") }
}
