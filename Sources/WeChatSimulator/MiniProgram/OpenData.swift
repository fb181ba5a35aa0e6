import Foundation
import JWT

/// What a mini program's page gets beside its code: raw data with a signature, and the same encrypted.
///
/// Source: 开放数据校验与解密.
public struct OpenData: Codable, Sendable, Hashable {
    /// What it tells.
    public enum Content: String, Codable, Sendable, CaseIterable {
        /// Name and picture with openid and unionid, as `wx.getUserInfo` gave them.
        case userInfo
        /// Name and picture without ids, as `wx.getUserProfile` gives them since 2021.
        case userProfile
        /// The phone number, as the phone button gave it before it gave codes.
        case phoneNumber
    }

    /// What is wrong with it.
    public enum Flaw: String, Codable, Sendable, CaseIterable {
        /// Encrypted with the key of another session.
        case wrongKey
        /// The watermark names another mini program.
        case wrongAppID
        /// The watermark is a day old.
        case oldTimestamp
        /// It tells of another person.
        case otherPerson
        /// Every `+` has become a space, as in a form that was not encoded; there is at least one.
        case plusAsSpace
        /// The last block has no valid padding.
        case brokenPadding
        /// `signature` fits another text.
        case wrongSignature
    }

    /// The JSON that ``signature`` covers; empty for a phone number.
    public var rawData: String
    /// Lower-case hexadecimal SHA-1 of ``rawData`` and the session key's text.
    public var signature: String
    /// The base64 of the ciphertext: AES-128-CBC with PKCS#7 padding.
    public var encryptedData: String
    /// The base64 of the initialization vector.
    public var iv: String
}

/// The formulas of mini programs.
enum OpenDataFormat {
    static func signature(rawData: String, sessionKey: SessionKey) -> String {
        Hexadecimal.text(SHA1.hash(Array((rawData + sessionKey.text).utf8)))
    }

    /// The `signature` of `/wxa/checksession`: over nothing, by the key's base64 text.
    static func sessionSignature(_ sessionKey: SessionKey) -> String {
        Hexadecimal.text(HMACSHA256.authenticate([], key: Array(sessionKey.text.utf8)))
    }

    static func encrypt(
        _ plaintext: [UInt8], sessionKey: SessionKey, iv: [UInt8], padding: AESCBC.Padding = .pkcs7
    ) -> String? {
        AESCBC.encrypt(plaintext, key: sessionKey.bytes, iv: iv, padding: padding)
            .map { Data($0).base64EncodedString() }
    }
}

/// A person's data as WeChat's client writes it, `/` unescaped.
struct OpenDataText: Sendable {
    var openID: String?
    var unionID: String?
    var nickname: String
    var avatarURL: String
    var timestamp: Int
    var appID: String

    var rawData: String {
        var json = WireJSON(escapesSlashes: false)
        addFields(to: &json)
        return String(decoding: json.finished, as: UTF8.self)
    }

    var plaintext: [UInt8] {
        var json = WireJSON(escapesSlashes: false)
        if let openID { json.add("openId", openID) }
        addFields(to: &json)
        if let unionID { json.add("unionId", unionID) }
        json.addWatermark(timestamp: timestamp, appID: appID)
        return json.finished
    }

    private func addFields(to json: inout WireJSON) {
        json.add("nickName", nickname)
        json.add("gender", 0)
        json.add("language", "zh_CN")
        for name in ["city", "province", "country"] { json.add(name, "") }
        json.add("avatarUrl", avatarURL)
    }
}

extension WireJSON {
    mutating func addWatermark(timestamp: Int, appID: String) {
        var watermark = WireJSON(escapesSlashes: false)
        watermark.add("timestamp", timestamp)
        watermark.add("appid", appID)
        add("watermark", raw: watermark.finished)
    }

    /// `phoneNumber`, `purePhoneNumber`, `countryCode` and the watermark.
    mutating func addPhone(_ phone: SimulatedPhone, timestamp: Int, appID: String) {
        add("phoneNumber", phone.countryCode == "86" ? phone.number : "+\(phone.countryCode)\(phone.number)")
        add("purePhoneNumber", phone.number)
        switch phone.countryCodeForm {
        case .text: add("countryCode", phone.countryCode)
        case .number: add("countryCode", raw: Array(phone.countryCode.utf8))
        }
        addWatermark(timestamp: timestamp, appID: appID)
    }
}

/// Lower-case hexadecimal digits.
enum Hexadecimal {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
