/// Reproducible chance for fuzzing: SplitMix64, and what to make of it.
struct FuzzChance: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(limit, 1))) }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// Some pieces in a row.
    mutating func text(of pieces: [String], upTo count: Int) -> String {
        (0..<below(count + 1)).map { _ in pick(pieces) }.joined()
    }

    /// A text with a few pieces put in, taken out, doubled or exchanged.
    mutating func mutated(_ text: String, with pieces: [String]) -> String {
        var scalars = Array(text.unicodeScalars)
        for _ in 0...below(3) {
            let place = below(scalars.count + 1)
            switch below(5) {
            case 0 where !scalars.isEmpty: scalars.remove(at: min(place, scalars.count - 1))
            case 1 where !scalars.isEmpty:
                let end = min(scalars.count, place + below(6))
                scalars.insert(contentsOf: scalars[min(place, end)..<end], at: place)
            case 2 where !scalars.isEmpty: scalars.removeSubrange(min(place, scalars.count - 1)..<scalars.count)
            default: scalars.insert(contentsOf: Array(pick(pieces).unicodeScalars), at: place)
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
