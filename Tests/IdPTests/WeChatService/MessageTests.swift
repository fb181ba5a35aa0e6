import Foundation
import HTTPTypes
import JWT
import Testing
import WeChat

@testable import IdP

/// `/connections/wechat/messages/{identifier}`: what WeChat tells on its own.
@Suite("Messages of WeChat") struct MessageTests {
    private func story(_ body: @escaping @Sendable (TestApp, WeChatSender) async throws -> Void) async throws {
        try await TestApp.story(yaml: ServiceStory.messages) { app in try await body(app, WeChatSender(app: app)) }
    }

    @Test("the address check is answered when its signature is WeChat's, in both modes")
    func echo() async throws {
        try await story { app, sender in
            for sender in [sender, .plain(app)] {
                let answer = try await sender.echo("5927782489442352469")
                #expect(answer.status == .ok && answer.text == "5927782489442352469")
                #expect(answer.headers[.contentType] == "text/plain; charset=utf-8")
            }
            // The encrypted form, which WeCom's platform uses.
            let sealed = sender.encrypted("4242")
            let query = [
                ("msg_signature", sender.signature(sender.timestamp, "n", sealed)), ("timestamp", sender.timestamp),
                ("nonce", "n"), ("echostr", sealed),
            ]
            let answer = try await app.send("\(sender.path)?\(PercentEncoding.query(query))")
            #expect(answer.status == .ok && answer.text == "4242")
        }
    }

    @Test("an address check that is forged, old or incomplete gets no echo")
    func forgedEcho() async throws {
        try await story { app, sender in
            var forger = sender
            forger.token = "guess"
            let guessed = try await forger.echo("1")
            #expect(guessed.status == .forbidden)
            #expect(try await sender.echo("1", signature: "").status == .forbidden)
            let early = String(Int(app.clock.now.timeIntervalSince1970) + 301)
            let late = String(Int(app.clock.now.timeIntervalSince1970) - 301)
            for time in [early, late, "", "-1", "99999999999999999999", "1e9"] {
                let answer = try await sender.echo("1", timestamp: time)
                #expect(answer.status == .forbidden && !answer.text.contains("1"), "\(time)")
            }
            #expect(try await app.send(sender.path).status == .forbidden)
            #expect(try await sender.echo(String(repeating: "1", count: 1025)).status == .forbidden)
        }
    }

    @Test("the signature of an address check, read in some log, is worth no message")
    func echoIsNoMessage() async throws {
        try await story { app, _ in
            _ = try await app.tokens("second")
            let sender = WeChatSender.plain(app)
            let openID = try await app.openID()
            #expect(try await sender.echo("1").text == "1")
            let event = sender.event("user_authorization_revoke", openID: openID, revoked: "301")
            #expect(try await sender.send(event, nonce: "n1").text == "success")
            #expect(try await app.count("sessions") == 1)
            #expect(try await sender.echo("2").text == "2", "WeChat may check again")
        }
    }

    @Test("who has no token has no such endpoint, and a connection's token is its own")
    func otherConnections() async throws {
        try await story { app, sender in
            for path in ["base", "nothing", "mini"] {
                var other = sender
                other.path = "/connections/wechat/messages/\(path)"
                let answer = try await other.send("<xml></xml>")
                #expect(answer.status == .notFound)
            }
            var elsewhere = sender
            elsewhere.path = "/pools/other/connections/wechat/messages/mp"
            let withOurs = try await elsewhere.send("<xml></xml>")
            #expect(withOurs.status == .forbidden)
            // Its token alone is not enough: the key differs, and with it the AppID at the end.
            elsewhere.token = "otherToken"
            #expect(try await elsewhere.send("<xml></xml>").status == .forbidden)
            #expect(try await app.count("wechat_messages") == 0)
        }
    }

    @Test(
        "what WeChat did not send is refused and forgotten",
        arguments: [
            "no signature at all", "signature of another token", "no msg_signature", "msg_signature of another text",
            "plain text in encrypted mode", "another AppID inside", "broken padding", "damaged text", "not base64",
            "no body", "repeated nonce parameter", "a document type",
        ])
    func forged(what: String) async throws {
        try await story { app, sender in
            _ = try await app.tokens()
            let event = sender.event("user_authorization_cancellation", openID: try await app.openID())
            let answer = try await sender.send(event) { query, body in
                let (timestamp, nonce) = (query["timestamp"] ?? "", query["nonce"] ?? "")
                func replace(with sealed: String) {
                    body = "<xml><Encrypt>\(sealed)</Encrypt></xml>"
                    query["msg_signature"] = sender.signature(timestamp, nonce, sealed)
                }
                switch what {
                case "no signature at all": (query["signature"], query["msg_signature"]) = (nil, nil)
                case "signature of another token":
                    query["signature"] = SHA1.hash(Array((["x", timestamp, nonce].sorted().joined()).utf8)).hex
                case "no msg_signature": query["msg_signature"] = nil
                case "msg_signature of another text":
                    query["msg_signature"] = sender.signature(timestamp, nonce, sender.encrypted("<xml></xml>"))
                case "plain text in encrypted mode": (body, query["msg_signature"]) = (event, nil)
                case "another AppID inside": replace(with: sender.encrypted(event, appID: "wx0000000000000009"))
                case "broken padding": replace(with: sender.encrypted(event, fill: 33))
                case "damaged text": replace(with: String(sender.encrypted(event).dropLast(24)))
                case "not base64": replace(with: "<![CDATA[!!!!]]>")
                case "no body": body = ""
                case "repeated nonce parameter": query["nonce&nonce"] = "2"
                default: body = "<!DOCTYPE xml [<!ENTITY x \"y\">]>" + body
                }
            }
            #expect(answer.status == .forbidden, "\(answer.status) \(answer.text)")
            #expect(try await app.count("wechat_messages") == 0)
            #expect(try await app.count("wechat_openids") == 1)
            #expect(try await app.count("grants", where: "revoked_at IS NULL") == 1)
        }
    }

    @Test("too long a body is not read")
    func tooLong() async throws {
        try await story { _, sender in
            let answer = try await sender.send("<xml></xml>") { $1 = String(repeating: "a", count: (64 << 10) + 1) }
            #expect(answer.status == .contentTooLarge)
        }
    }

    @Test("messages that mean nothing to us are taken, in every mode and form", arguments: [true, false])
    func unknown(isJSON: Bool) async throws {
        try await story { app, sender in
            let message =
                isJSON
                ? #"{"ToUserName":"gh_1","FromUserName":"o","CreateTime":1,"MsgType":"text","Content":"你好","MsgId":7}"#
                : "<xml><MsgType>text</MsgType><Content><![CDATA[<你好>]]></Content><MsgId>7</MsgId></xml>"
            for sender in [sender, .plain(app)] {
                let answer = try await sender.send(message, isJSON: isJSON)
                #expect(answer.status == .ok && answer.text == "success")
            }
        }
    }

    @Test("in compatible mode the encrypted part counts, whatever stands beside it in the clear")
    func compatible() async throws {
        try await story { app, sender in
            _ = try await app.tokens()
            let openID = try await app.openID()
            let harmless = sender.event("user_authorization_revoke", openID: openID, revoked: "206")
            let answer = try await sender.send(harmless) { _, body in
                let plain = sender.event("user_authorization_cancellation", openID: openID)
                    .replacing("<xml>", with: "").replacing("</xml>", with: "")
                body = body.replacing("<xml><ToUserName><![CDATA[gh_1]]></ToUserName>", with: "<xml>" + plain)
            }
            #expect(answer.text == "success")
            #expect(try await app.count("wechat_openids") == 1)
            #expect(try await app.count("sessions") == 1)
        }
    }

    @Test("openssl encrypts what we decrypt")
    func tool() throws {
        // (printf '0123456789abcdef\0\0\0\23<xml><A>1</A></xml>wx0000000000000001'; printf '\7%.0s' 1 2 3 4 5 6 7)
        //     | openssl enc -aes-256-cbc -nopad -K … -iv … | base64 -w0, with the key's 32 bytes and its first 16
        let sealed =
            "Q3stYC6hdFzMh9T8HCvyDJatpvLhfy9s8l+X+yRGMWcPHjTxxgsuqybU9CysO8OTnMxfhhlTANVokb6wahlwbg=="
        let key = try #require(MessageKey(ServiceStory.aesKey))
        let plain = MessageCipher.decrypt(sealed, key: key, appID: .init(rawValue: ServiceStory.appID))
        #expect(plain == Array("<xml><A>1</A></xml>".utf8))
        #expect(MessageCipher.decrypt(sealed, key: key, appID: .init(rawValue: "wx0000000000000002")) == nil)
    }
}
