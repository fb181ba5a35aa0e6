import Foundation
import JWT
import Testing
import WeChat

@testable import IdP

/// Raw data, encrypted data and the proof of a session key, by the vectors of reference/wechat.md 4.3.
@Suite struct OpenDataTests {
    private static let key = SessionKey("EBESExQVFhcYGRobHB0eHw==")
    private static let iv = "QEFCQ0RFRkdISUpLTE1OTw=="
    private static let account = WeChatAccount(
        appID: AppID(rawValue: "wx0123456789abcdef"), openID: OpenID(rawValue: "oSIM0000000000000000000000a1"))
    private static let time = Date(timeIntervalSince1970: 1_700_000_000)
    private static let encryptedData =
        "97a7R1hQL0EDvHWQiVSgt+77a5e9ROveVQLDeKdiiYbW45TtWcRCLFf2VFHiuygI5anM7Fd/Fx5RmoABgKvnFE4+ar9hdumTLVo3mrk9cwnJ"
        + "l98PUdxQ10iJAP9r+NOBWuY4UY/VXHnYCZyeHA9Z7vFTyiNiEI0kSsRUtxsfB6/2FX/WEq5+uFGbxc/58a18iHkRfYBS5vaxzIZYKaoJHVSi"
        + "AKJf8N1j11WleRPS37QwnBWkOizlLzoTRfvRZQKtWGQVznuYkGYM3nM0+IrMmKAbTNUxi+2NHxfbzhtwoFd5fHmjUY8XBJGYoM/XcEXSo/ea"
        + "6Ogc0ZjqKXqh6PDRdScscSphZNDz6JKBZzO0eKU="
    private static let rawData =
        #"{"nickName":"测试用户","gender":0,"language":"zh_CN","city":"","province":"","country":"","avatarUrl":""}"#

    private func decrypt(
        _ data: String = encryptedData, iv: String = iv, key: SessionKey = key, of account: WeChatAccount = account,
        now: Date = time
    ) -> JSONObject? {
        OpenData.decrypt(data, iv: iv, key: key, of: account, now: now)
    }

    /// Encrypts another plaintext in the place of the vector's.
    private func encrypted(_ text: String, padding: AESCBC.Padding = .pkcs7) throws -> String {
        let key = try #require(Data(base64Encoded: Self.key.exposeSecret()))
        let iv = try #require(Data(base64Encoded: Self.iv))
        let bytes = try #require(
            AESCBC.encrypt(Array(text.utf8), key: Array(key), iv: Array(iv), padding: padding))
        return bytes.base64
    }

    @Test("the vector of rawData, byte for byte, and nothing near it")
    func rawData() {
        let signature = "420ef8b36614dffeeb8d12b06f433fef45e4de9a"
        #expect(OpenData.isSigned(Self.rawData, by: signature, key: Self.key))
        #expect(!OpenData.isSigned(Self.rawData + " ", by: signature, key: Self.key))
        #expect(!OpenData.isSigned(Self.rawData, by: signature.uppercased(), key: Self.key))
        #expect(!OpenData.isSigned(Self.rawData, by: String(signature.dropLast()), key: Self.key))
        #expect(!OpenData.isSigned(Self.rawData, by: "", key: Self.key))
        #expect(!OpenData.isSigned(Self.rawData, by: signature, key: SessionKey("AAAAAAAAAAAAAAAAAAAAAA==")))
        // WeChat's own sample.
        let sample =
            #"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}"#
        #expect(
            OpenData.isSigned(
                sample, by: "75e81ceda165f4ffa64f4068af58c64b8f54b88c", key: SessionKey("HyVFkGl5F5OQWJZZaNzBBg==")))
    }

    @Test("the vector of checksession")
    func proof() {
        #expect(
            OpenData.proof(of: Self.key) == "53b5ead1075403747fbbbe7d8322c6b27ed9eb701ebc65569f67dd4d50199e0a")
    }

    @Test("the vector of encryptedData, without what names the person")
    func vector() throws {
        let told = try #require(decrypt())
        #expect(JSON.object(told).text == Self.rawData)
        #expect(try #require(decrypt(Self.encryptedData.replacing("+", with: " "))) == told)
        #expect(decrypt(now: Self.time + 300) != nil && decrypt(now: Self.time - 300) != nil)
    }

    @Test("every flaw is the same nothing")
    func flaws() throws {
        #expect(decrypt(now: Self.time + 301) == nil && decrypt(now: Self.time - 301) == nil)
        #expect(decrypt(key: SessionKey("AAAAAAAAAAAAAAAAAAAAAA==")) == nil)
        #expect(decrypt(key: SessionKey("c2hvcnQ=")) == nil && decrypt(key: SessionKey("?")) == nil)
        #expect(decrypt(iv: "AAAAAAAAAAAAAAAAAAAAAA==") == nil && decrypt(iv: "c2hvcnQ=") == nil)
        #expect(decrypt("") == nil && decrypt("AAAA") == nil && decrypt("no base64!") == nil)
        #expect(decrypt(String(Self.encryptedData.dropLast(4))) == nil)
        var other = Self.account
        other.appID = AppID(rawValue: "wx0123456789abcdee")
        #expect(decrypt(of: other) == nil)
        other = Self.account
        other.openID = OpenID(rawValue: "oSIM0000000000000000000000a2")
        #expect(decrypt(of: other) == nil)
    }

    @Test("a plaintext that WeChat never writes is nothing either")
    func plaintexts() throws {
        let watermark = #""watermark":{"timestamp":1700000000,"appid":"wx0123456789abcdef"}"#
        #expect(decrypt(try encrypted("{\(watermark)}")) == JSONObject())
        #expect(decrypt(try encrypted(#"{"phoneNumber":"13800138000",\#(watermark)}"#)) != nil)
        for text in [
            "", "null", "[]", "no JSON at all", "{}", #"{"watermark":null}"#,
            #"{"watermark":{"timestamp":1700000000}}"#,
            #"{"watermark":{"appid":"wx0123456789abcdef"}}"#,
            #"{"watermark":{"timestamp":"1700000000","appid":"wx0123456789abcdef"}}"#,
            #"{"openId":null,\#(watermark)}"#, #"{"openId":7,\#(watermark)}"#, #"{"openId":"",\#(watermark)}"#,
            "{\(watermark),\(watermark)}", "{\(watermark)} trailing",
        ] {
            #expect(decrypt(try encrypted(text)) == nil, "\(text)")
        }
        let unpadded = "{\(watermark)}".padding(toLength: 96, withPad: " ", startingAt: 0)
        #expect(decrypt(try encrypted(unpadded, padding: .none)) == nil)
    }
}
