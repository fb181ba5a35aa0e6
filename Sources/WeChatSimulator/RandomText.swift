/// Texts drawn anew each time, in the shapes WeChat uses.
enum RandomText {
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// 32 characters, three digits first.
    static func code(_ next: () -> UInt64) -> String {
        characters(3, alphabet[52..<62], next) + characters(29, alphabet[..<62], next)
    }

    /// `NN_` and 86 characters.
    static func token(_ next: () -> UInt64) -> String {
        "\(10 + next() % 90)_" + characters(86, alphabet[...], next)
    }

    /// 86 characters, as a JS-SDK ticket has.
    static func ticket(_ next: () -> UInt64) -> String { characters(86, alphabet[...], next) }

    /// Whether a text begins as every access token does, with two digits and an underscore.
    static func isTokenShaped(_ text: String) -> Bool {
        text.prefix(2).allSatisfy(\.isNumber) && text.dropFirst(2).hasPrefix("_")
    }

    static func bytes(_ count: Int, _ next: () -> UInt64) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 8) }
    }

    /// Three groups of eight hexadecimal digits.
    static func rid(_ next: () -> UInt64) -> String {
        let hex = Array("0123456789abcdef".utf8)[...]
        return (0..<3).map { _ in characters(8, hex, next) }.joined(separator: "-")
    }

    static func characters(_ count: Int, _ alphabet: ArraySlice<UInt8>, _ next: () -> UInt64) -> String {
        let bytes = (0..<count).map { _ in
            alphabet[alphabet.startIndex + Int((next() >> 8) % UInt64(alphabet.count))]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
