import Foundation
import HTTPTypes
import HummingbirdTesting
import JWT
import Testing

@testable import WeChatSimulator

@Suite("Pushed messages")
struct PushTests {
    private static let key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"

    private func server(
        _ mode: SimulatedMessageServer.Mode = .plain, format: SimulatedMessageServer.Format = .xml, key: String = key
    ) -> SimulatedMessageServer {
        SimulatedMessageServer(
            url: "https://id.example.com/wechat?pool=a", token: "QDG6eK", encodingAESKey: key, mode: mode,
            format: format)
    }

    private func app(_ server: SimulatedMessageServer?) -> SimulatedApp {
        var app = Phone.app
        app.messageServer = server
        return app
    }

    /// What a receiver reads out of an encrypted message: text and AppID.
    private func open(_ encrypted: String, key: String = key) -> (text: String, appID: String)? {
        guard let key = Data(base64Encoded: key + "="), let data = Data(base64Encoded: encrypted),
            let plain = AESCBC.decrypt(Array(data), key: Array(key), iv: Array(key.prefix(16)), padding: .none),
            let fill = plain.last, (1...32).contains(fill), plain.suffix(Int(fill)).allSatisfy({ $0 == fill })
        else { return nil }
        let content = plain.dropLast(Int(fill)).dropFirst(16)
        let length = content.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard content.count >= 4 + length else { return nil }
        return (
            String(decoding: content.dropFirst(4).prefix(length), as: UTF8.self),
            String(decoding: content.dropFirst(4 + length), as: UTF8.self)
        )
    }

    private func element(_ name: String, of xml: String) -> String {
        let text = xml.components(separatedBy: "<\(name)>").dropFirst().first?.components(separatedBy: "</\(name)>")
            .first
        return (text ?? "").replacing("<![CDATA[", with: "").replacing("]]>", with: "")
    }

    @Test("in plain mode carry the signature of token, time and nonce")
    func plain() async throws {
        try await Phone.with { phone async throws in
            await phone.simulator.setApp(app(server()))
            let openID = try await phone.exchange(try await phone.code()).field("openid")
            let request = try await phone.simulator.pushRequest(
                PushedEvent(.authorizationRevoked, user: "xiaoming", revokeInfo: "301"), app: Phone.app.appID)
            let body = String(decoding: request.body, as: UTF8.self)
            #expect(request.url.hasPrefix("https://id.example.com/wechat?pool=a&signature="))
            #expect(request.contentType == "text/xml")
            #expect(element("Event", of: body) == "user_authorization_revoke")
            #expect(element("OpenID", of: body) == openID)
            #expect(element("FromUserName", of: body) == openID)
            #expect(element("UnionID", of: body).hasPrefix("o"))
            #expect(element("AppID", of: body) == Phone.app.appID)
            #expect(element("RevokeInfo", of: body) == "301")
            #expect(element("CreateTime", of: body) == "1700000000")
            let query = FormParameters(String(request.pathAndQuery.drop { $0 != "?" }.dropFirst()))
            #expect(query["msg_signature"] == nil)
            let parts = ["QDG6eK", query["timestamp"] ?? "", query["nonce"] ?? ""].sorted().joined()
            #expect(query["signature"] == Hexadecimal.text(SHA1.hash(Array(parts.utf8))))
        }
    }

    @Test(
        "in encrypted mode open with the EncodingAESKey, and say which account they are for", arguments: [false, true])
    func encrypted(asJSON: Bool) async throws {
        try await Phone.with { phone async throws in
            await phone.simulator.setApp(app(server(.encrypted, format: asJSON ? .json : .xml)))
            let request = try await phone.simulator.pushRequest(
                PushedEvent(.text, content: "a]]>b/<c>"), app: Phone.app.appID)
            let body = String(decoding: request.body, as: UTF8.self)
            let fields = (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: String]
            let text = asJSON ? fields?["Encrypt"] ?? "" : element("Encrypt", of: body)
            #expect(!body.contains("MsgType"))
            let opened = try #require(open(text))
            #expect(opened.appID == Phone.app.appID)
            #expect(opened.text.contains(asJSON ? #""Content":"a]]>b/<c>""# : "a]]]]><![CDATA[>b/<c>"))
            let query = FormParameters(String(request.pathAndQuery.drop { $0 != "?" }.dropFirst()))
            #expect(query["encrypt_type"] == "aes")
            let parts = ["QDG6eK", query["timestamp"] ?? "", query["nonce"] ?? "", text].sorted().joined()
            #expect(query["msg_signature"] == Hexadecimal.text(SHA1.hash(Array(parts.utf8))))
        }
    }

    @Test("can be wrong in every way that a receiver must notice", arguments: PushedEvent.Flaw.allCases)
    func flaws(flaw: PushedEvent.Flaw) async throws {
        try await Phone.with { phone async throws in
            await phone.simulator.setApp(app(server(.both)))
            let request = try await phone.simulator.pushRequest(
                PushedEvent(.infoModified, flaw: flaw), app: Phone.app.appID)
            let body = String(decoding: request.body, as: UTF8.self)
            let text = element("Encrypt", of: body)
            let query = FormParameters(String(request.pathAndQuery.drop { $0 != "?" }.dropFirst()))
            let time = query["timestamp"] ?? ""
            let nonce = query["nonce"] ?? ""
            let isSigned =
                query["signature"] == MessageFormat.signature("QDG6eK", time, nonce)
                && query["msg_signature"] == MessageFormat.signature("QDG6eK", time, nonce, text)
            #expect(isSigned == (flaw != .wrongSignature))
            #expect((open(text)?.appID == Phone.app.appID) == (flaw != .otherAppID && flaw != .otherKey))
            #expect((time == "1699996400") == (flaw == .oldTimestamp))
            #expect(body.hasPrefix("<!DOCTYPE") == (flaw == .entities))
        }
    }

    @Test("are tried three times until they are taken")
    func retries() async throws {
        let requests = Box<SimulatorOutboundRequest>()
        let answers = Box<SimulatorOutboundResponse>()
        try await Phone.with(sender: { request throws(SimulatorOutboundError) in
            requests.add(request)
            guard requests.all.count > 1 else { throw .timedOut }
            return answers.all.last ?? SimulatorOutboundResponse(status: 500)
        }) { phone async throws in
            let simulator = phone.simulator
            await simulator.setApp(app(server()))
            let failed = try await simulator.push(PushedEvent(.subscribe), app: Phone.app.appID)
            #expect(!failed.isDelivered)
            #expect(failed.attempts.map(\.failure) == ["timedOut", nil, nil])
            #expect(failed.attempts.map(\.status) == [nil, 500, 500])
            #expect(Set(requests.all.map(\.body)).count == 1)
            #expect(Set(requests.all.map(\.url)).count == 3)
            #expect(requests.all.allSatisfy { $0.timeout == .seconds(5) })

            for (body, isTaken) in [
                ("success", true), ("", true), ("<xml></xml>", true), ("ok", false), ("<html>", false),
            ] {
                answers.add(SimulatorOutboundResponse(status: 200, body: Array(body.utf8)))
                let report = try await simulator.push(PushedEvent(.subscribe), app: Phone.app.appID)
                #expect(report.isDelivered == isTaken, "\(body)")
                #expect(report.attempts.count == (isTaken ? 1 : 3))
            }
            answers.add(SimulatorOutboundResponse(status: 302, body: []))
            await simulator.setBehaviour { $0.pushAttempts = 1 }
            let moved = try await simulator.push(PushedEvent(.subscribe), app: Phone.app.appID)
            #expect(!moved.isDelivered && moved.attempts.count == 1)
            #expect(await simulator.calls.last?.outcome == "302")
        }
    }

    @Test("go to an address that gave its echostr back")
    func echo() async throws {
        let prefix = Box<String>()
        try await Phone.with(sender: { request throws(SimulatorOutboundError) in
            let query = FormParameters(String(request.pathAndQuery.drop { $0 != "?" }.dropFirst()))
            let isSigned =
                query["signature"]
                == MessageFormat.signature("QDG6eK", query["timestamp"] ?? "", query["nonce"] ?? "")
            let echo = isSigned && request.method == "GET" ? query["echostr"] ?? "" : ""
            return SimulatorOutboundResponse(status: 200, body: Array(((prefix.all.last ?? "") + echo).utf8))
        }) { phone async throws in
            await phone.simulator.setApp(app(server()))
            #expect(try await phone.simulator.checkMessageServer(app: Phone.app.appID).isDelivered)
            prefix.add("\u{FEFF}")
            #expect(try await !phone.simulator.checkMessageServer(app: Phone.app.appID).isDelivered)
        }
    }

    @Test("need an address, a person and a key")
    func problems() async throws {
        try await Phone.with { phone async throws in
            let simulator = phone.simulator
            let event = PushedEvent(.subscribe)
            typealias Problem = Simulator.PushProblem
            await #expect(throws: Problem.unknownApp) { try await simulator.push(event, app: "wx9") }
            await #expect(throws: Problem.noMessageServer) { try await simulator.push(event, app: Phone.app.appID) }
            await simulator.setApp(app(server(.encrypted, key: "short")))
            await #expect(throws: Problem.invalidKey) { try await simulator.push(event, app: Phone.app.appID) }
            await #expect(throws: Problem.unknownUser) {
                try await simulator.push(PushedEvent(.subscribe, user: "no-one"), app: Phone.app.appID)
            }
            await simulator.setApp(app(server()))
            let report = try await simulator.push(event, app: Phone.app.appID)
            #expect(report.attempts.map(\.failure) == ["noNetwork", "noNetwork", "noNetwork"])
        }
    }

    @Test("are at hand over HTTP, prepared or sent")
    func overHTTP() async throws {
        try await Phone.with(sender: { _ throws(SimulatorOutboundError) in
            SimulatorOutboundResponse(status: 200, body: Array("success".utf8))
        }) { phone async throws in
            func post(_ path: String, _ body: String) async throws -> TestResponse {
                try await phone.send(.post, "/simulator/" + path, body: body, type: "application/json")
            }
            let app = #""app":"\#(Phone.app.appID)""#
            let event = #""event":{"kind":"user_authorization_cancellation","user":"alice"}"#
            #expect(try await post("push", "{\(app),\(event)}").status == .conflict)
            let saved = try await phone.send(
                .patch, "/simulator/apps/\(Phone.app.appID)",
                body: #"{"messageServer":{"url":"http://127.0.0.1:9/wechat","token":"tok3n"}}"#,
                type: "application/json")
            #expect(saved.field("messageURL") == "http://127.0.0.1:9/wechat")
            #expect(!saved.text.contains("tok3n") && !saved.text.contains(Phone.app.secret))
            #expect(try await post("push", "{\(app),\(event)}").json["isDelivered"] as? Bool == true)
            let prepared = try await post("push", #"{\#(app),\#(event),"send":false}"#)
            #expect(prepared.field("url").hasPrefix("http://127.0.0.1:9/wechat?signature="))
            #expect(prepared.field("body").contains("user_authorization_cancellation"))
            #expect(try await post("push", #"{\#(app),"event":{"kind":"dance"}}"#).status == .badRequest)
            #expect(try await post("message-check", "{\(app)}").json["isDelivered"] as? Bool == false)
            #expect(try await post("message-check", #"{"app":"wx9"}"#).status == .notFound)
        }
    }
}
