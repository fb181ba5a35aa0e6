import Foundation
import HTTPTypes
import JWT

@testable import IdP

/// WeChat as the sender of messages: it knows the account's token and key.
struct WeChatSender: Sendable {
    var app: TestApp
    var path = "/connections/wechat/messages/mp"
    var token = ServiceStory.messageToken
    var aesKey: String? = ServiceStory.aesKey
    var appID = ServiceStory.appID

    /// To the connection in plain mode.
    static func plain(_ app: TestApp) -> Self {
        Self(app: app, path: "/connections/wechat/messages/wild", aesKey: nil, appID: "wx0000000000000002")
    }

    var timestamp: String { String(Int(app.clock.now.timeIntervalSince1970)) }

    func signature(_ parts: String...) -> String {
        SHA1.hash(Array(([token] + parts).sorted().joined().utf8)).hex
    }

    /// 消息加解密说明, written once more than in the program: fill to 32, length in network order, AppID at the end.
    func encrypted(_ text: String, fill: UInt8? = nil, appID: String? = nil) -> String {
        let key = Array((Data(base64Encoded: (aesKey ?? "") + "=") ?? Data()))
        let (message, id) = (Array(text.utf8), Array((appID ?? self.appID).utf8))
        var plain = Array("0123456789abcdef".utf8)
        plain += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: message.count >> $0) } + message + id
        let rest = 32 - plain.count % 32
        plain += Array(repeating: fill ?? UInt8(rest), count: rest)
        return (AESCBC.encrypt(plain, key: key, iv: Array(key.prefix(16)), padding: .none) ?? []).base64
    }

    func echo(_ text: String, timestamp: String? = nil, signature: String? = nil) async throws -> Answer {
        let timestamp = timestamp ?? self.timestamp
        let query = [
            ("signature", signature ?? self.signature(timestamp, "n1")), ("timestamp", timestamp), ("nonce", "n1"),
            ("echostr", text),
        ]
        return try await app.send("\(path)?\(PercentEncoding.query(query))")
    }

    /// Sends a message as it goes over the wire: plain, or encrypted with both signatures.
    func send(
        _ message: String, nonce: String = "1320562132", timestamp: String? = nil, isJSON: Bool = false,
        _ change: (inout [String: String], inout String) -> Void = { _, _ in }
    ) async throws -> Answer {
        let timestamp = timestamp ?? self.timestamp
        var query = ["signature": signature(timestamp, nonce), "timestamp": timestamp, "nonce": nonce, "openid": "o"]
        var body = message
        if aesKey != nil {
            let sealed = encrypted(message)
            query["encrypt_type"] = "aes"
            query["msg_signature"] = signature(timestamp, nonce, sealed)
            body =
                isJSON
                ? #"{"ToUserName":"gh_1","Encrypt":"\#(sealed)"}"#
                : "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[\(sealed)]]></Encrypt></xml>"
        }
        change(&query, &body)
        let pairs = query.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        return try await app.send(.post, "\(path)?\(PercentEncoding.query(pairs))", body: body)
    }

    /// One event about a person.
    func event(
        _ name: String, openID: String, revoked: String? = nil, createTime: Int = 1_626_857_200, appID: String? = nil
    ) -> String {
        """
        <xml><ToUserName><![CDATA[gh_870882ca4b1]]></ToUserName><FromUserName><![CDATA[owAqB1v0ahK]]></FromUserName>
        <CreateTime>\(createTime)</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[\(name)]]></Event>
        <OpenID><![CDATA[\(openID)]]></OpenID><AppID><![CDATA[\(appID ?? self.appID)]]></AppID>\
        \(revoked.map { "<RevokeInfo><![CDATA[\($0)]]></RevokeInfo>" } ?? "")</xml>
        """
    }
}

extension TestApp {
    /// The openid of the only person at an app.
    func openID(at appID: String = ServiceStory.appID) async throws -> String {
        let rows = try await database.query(
            "SELECT openid FROM wechat_openids WHERE app_id = $1", [.text(appID)])
        return try rows.first?.text("openid") ?? ""
    }
}
