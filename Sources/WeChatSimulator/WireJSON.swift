/// JSON as WeChat writes it: fields in the documented order, `/` as `\/`, no spaces, everything else in plain UTF-8.
///
/// WeChat's client leaves `/` as it is.
struct WireJSON: Sendable {
    private(set) var bytes: [UInt8] = [UInt8(ascii: "{")]
    private let escapesSlashes: Bool

    init(escapesSlashes: Bool = true) { self.escapesSlashes = escapesSlashes }

    mutating func add(_ name: String, _ text: String) { add(name, raw: quoted(text)) }

    mutating func add(_ name: String, _ number: Int) { add(name, raw: Array("\(number)".utf8)) }

    mutating func add(_ name: String, _ texts: [String]) {
        add(
            name,
            raw: [UInt8(ascii: "[")] + texts.map(quoted).joined(separator: [UInt8(ascii: ",")]) + [
                UInt8(ascii: "]")
            ])
    }

    mutating func add(_ name: String, raw value: [UInt8]) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes += quoted(name) + [UInt8(ascii: ":")] + value
    }

    var finished: [UInt8] { bytes + [UInt8(ascii: "}")] }

    private func quoted(_ text: String) -> [UInt8] {
        var bytes = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "/") where !escapesSlashes: bytes.append(byte)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x00..<0x20: bytes += Array("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
            default: bytes.append(byte)
            }
        }
        return bytes + [UInt8(ascii: "\"")]
    }
}

/// WeChat's text for an error number.
enum ErrorText {
    static func text(_ number: Int) -> String {
        switch number {
        case -1, -1000: "system error"
        case 40001: "invalid credential, access_token is invalid or not latest"
        case 40002: "invalid grant_type"
        case 40003: "invalid openid"
        case 40013: "invalid appid"
        case 40014: "invalid access_token"
        case 40029: "invalid code"
        case 40030: "invalid refresh_token"
        case 40097: "invalid args"
        case 40125: "invalid appsecret"
        case 40163: "code been used"
        case 40226: "code blocked"
        case 40243: "appsecret has been frozen"
        case 41001: "access_token missing"
        case 41002: "appid missing"
        case 41003: "refresh_token missing"
        case 41004: "appsecret missing"
        case 41008: "missing code"
        case 41009: "missing openid"
        case 42001: "access_token expired"
        case 42002: "refresh_token expired"
        case 42003: "code expired"
        case 42007: "access_token and refresh_token exception"
        case 43001: "require GET method"
        case 43002: "require POST method"
        case 45009: "reach max api daily quota limit"
        case 45011: "api minute-quota reach limit mustslower retry next minute"
        case 47001: "data format error"
        case 48001: "api unauthorized"
        case 48004: "api forbidden"
        case 50001: "user unauthorized"
        case 50002: "user limited"
        case 87009: "invalid signature"
        default: "error"
        }
    }
}
