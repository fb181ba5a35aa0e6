import JWT
import WeChat

/// Decrypts what WeChat sends in encrypted mode (安全模式): AES-256-CBC over 16 random bytes, a length, the message and
/// the AppID, filled up to 32 bytes.
///
/// 消息加解密说明. Only texts whose signature has been verified are decrypted, and every failure is one and the same.
enum MessageCipher {
    static func decrypt(_ text: String, key: MessageKey, appID: AppID) -> [UInt8]? {
        let key = key.bytes
        guard key.count == 32, let sealed = LenientBase64.decode(text),
            let plain = AESCBC.decrypt(sealed, key: key, iv: Array(key.prefix(16)), padding: .none),
            let fill = plain.last, (1...32).contains(fill), plain.count >= Int(fill) + 20,
            plain.suffix(Int(fill)).allSatisfy({ $0 == fill })
        else { return nil }
        let content = plain.dropLast(Int(fill)).dropFirst(16)
        let length = content.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let rest = content.dropFirst(4)
        guard length <= rest.count, ConstantTime.equals(Array(rest.dropFirst(length)), Array(appID.rawValue.utf8))
        else { return nil }
        return Array(rest.prefix(length))
    }
}
