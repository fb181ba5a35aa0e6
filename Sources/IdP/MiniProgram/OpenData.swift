import Foundation
import JWT
import WeChat

/// What a mini program's own API hands its page, and only the session key proves: 开放数据校验与解密.
enum OpenData {
    /// How far WeChat's time and ours may differ, and how old data may be.
    static let tolerance: TimeInterval = 300

    /// Whether `signature` is that of `rawData`: lower-case hexadecimal SHA-1 of the text and the key's base64 text.
    static func isSigned(_ rawData: String, by signature: String, key: SessionKey) -> Bool {
        let expected = SHA1.hash(Array((rawData + key.exposeSecret()).utf8)).hex
        return ConstantTime.equals(Array(expected.utf8), Array(signature.utf8))
    }

    /// The `signature` of checkSessionKey: HMAC-SHA256 of nothing by the key's base64 text, as WeChat's SDKs make it.
    static func proof(of key: SessionKey) -> String {
        HMACSHA256.authenticate([UInt8](), key: Array(key.exposeSecret().utf8)).hex
    }

    /// The members of encrypted data that belong to this person at this mini program and are fresh, without the
    /// identifiers and the watermark; nil for everything else.
    ///
    /// One answer for every flaw, so nobody learns from it whether a padding was right.
    ///
    /// - Parameters:
    ///   - encryptedData: standard base64; blanks count as the `+` that a careless form made of them.
    ///   - iv: likewise.
    static func decrypt(
        _ encryptedData: String, iv: String, key: SessionKey, of account: WeChatAccount, now: Date
    ) -> JSONObject? {
        guard let key = Data(base64Encoded: key.exposeSecret()), key.count == 16, let iv = bytes(iv),
            let encrypted = bytes(encryptedData), !encrypted.isEmpty,
            let plaintext = AESCBC.decrypt(encrypted, key: Array(key), iv: iv),
            let object = try? JSON.parse(plaintext).objectValue, isFresh(object["watermark"], account.appID, now),
            isOf(account, object["openId"])
        else { return nil }
        var told = object
        for name in ["openId", "unionId", "watermark"] { told[name] = nil }
        return told
    }

    /// Whether a watermark names this mini program and a time close to now.
    static func isFresh(_ watermark: JSON?, _ appID: AppID, _ now: Date) -> Bool {
        guard let text = watermark?["appid"]?.stringValue, text.utf8.elementsEqual(appID.rawValue.utf8),
            let time = watermark?["timestamp"]?.integerValue
        else { return false }
        return isFresh(time, now)
    }

    /// Whether a time of WeChat's, in seconds since 1970, is close to now.
    static func isFresh(_ timestamp: Int64, _ now: Date) -> Bool {
        abs(Double(timestamp) - now.timeIntervalSince1970) <= tolerance
    }

    /// Absent since 2021 in what `getUserProfile` gives; where it stands it must be the session's.
    private static func isOf(_ account: WeChatAccount, _ openID: JSON?) -> Bool {
        guard let openID else { return true }
        return openID.stringValue.map { $0.utf8.elementsEqual(account.openID.rawValue.utf8) } ?? false
    }

    private static func bytes(_ base64: String) -> [UInt8]? {
        Data(base64Encoded: base64.replacing(" ", with: "+")).map(Array.init)
    }
}
