import Foundation
import HTTPTypes
import Testing

@testable import IdP

extension Browser {
    private static let weChatPages = "https://\(TestApp.wechatHost)"

    /// Shows WeChat's QR code, lets a phone confirm it, and stops before WeChat calls back; the callback's address.
    ///
    /// - Parameter person: who holds the phone, a name of the simulator's zoo.
    func scanned(_ qrConnect: String, by person: String = "alice") async throws -> String {
        let page = try await request(qrConnect)
        let uuid = try #require(page.text.value(of: "data-uuid", after: "id=\"qr\""), "\(page.text)")
        let phone = Browser(app, person: person)
        _ = try await phone.request("\(Self.weChatPages)/connect/confirm?uuid=\(uuid)")
        _ = try await phone.request(
            .post, "\(Self.weChatPages)/connect/confirm/decision", form: ["uuid": uuid, "decision": "allow"])
        let answer = try await request("\(Self.weChatPages)/connect/l/qrconnect?uuid=\(uuid)&last=404&f=url")
        let match = try #require(answer.text.firstMatch(of: /wx_redirecturl='([^']*)'/), "\(answer.text)")
        return String(match.output.1)
    }
}

extension Answer {
    /// The address of the frame on our page.
    var frame: String? { text.value(of: "src", after: "<iframe") }
    /// The directives of the page's policy.
    var policy: [String] {
        (headers[.contentSecurityPolicy] ?? "").split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
