import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import IdP

/// Queries, cookies and credentials by the thousand.
@Suite struct RequestFuzzTests {
    private static let pieces = [
        "&", "&a=", "&b=x", "&state=", "&code=%20", "&%61a=1", "=", "%", "+", ";", "%20", "%00", "%26", "%3D", "%25",
        "%C3%A9", "%ff", "%e4%bd%a0", "a", "b", "state", "code",
        "\u{0}", "é", "你", "\u{301}", " ", "#", "?", "[", "]", "\r\n", "%2", "%zz", "%u0041", "\u{FEFF}",
    ]

    @Test("whatever is read of a query is clean text, and reads the same a second time")
    func parameters() throws {
        var chance = FuzzChance(seed: 20_260_106)
        var read = 0
        for _ in 0..<5000 {
            let text = chance.text(of: Self.pieces, upTo: 9)
            guard let parameters = try? IdP.Parameters(parsing: text) else { continue }
            for name in ["a", "b", "state", "code", "aa", "é"] {
                guard let value = try? parameters[name] else { continue }
                read += 1
                #expect(!value.isEmpty && !value.utf8.contains(0), "\(text)")
                let again = try IdP.Parameters(parsing: PercentEncoding.query([(name, value)]))
                #expect(try again[name].map { Array($0.utf8) } == Array(value.utf8), "\(text)")
            }
        }
        #expect(read > 200)
    }

    @Test("random bytes never crash, and never pass as text")
    func bytes() throws {
        var chance = FuzzChance(seed: 20_260_107)
        for _ in 0..<3000 {
            let encoded = (0..<chance.below(12)).map { _ in
                let byte = UInt8(truncatingIfNeeded: chance.next())
                return "%" + [byte].hex
            }
            let text = encoded.joined()
            let bytes = encoded.map { UInt8($0.dropFirst(), radix: 16) ?? 0 }
            let value = try? IdP.Parameters(parsing: "a=x\(text)")["a"]
            let isText = String(validating: bytes, as: UTF8.self) != nil && !bytes.contains(0)
            #expect((value != nil) == isText, "\(text)")
            if let value { #expect(Array(value.utf8) == Array("x".utf8) + bytes) }
        }
    }

    private static func request(_ header: HTTPField) -> Request {
        Request(
            head: HTTPRequest(
                method: .get, scheme: "https", authority: "a", path: "/", headerFields: [header.name: header.value]),
            body: RequestBody(buffer: ByteBuffer()))
    }

    @Test("whatever is read of a cookie has the shape of ours")
    func cookies() {
        let name = "__Host-wxidp-session-default"
        let token = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM-_01"
        let pieces = [
            ";", "; ", "=", name, "\(name)=", token, "a", "\"", ",", " ", "\t", "%", "é", "\u{301}", "\u{0}",
            "wxidp-session-default",
            "$Version=1", "\r\n", "-", "_",
        ]
        var chance = FuzzChance(seed: 20_260_108)
        let jar = CookieJar(isSecure: true)
        var read = 0
        for _ in 0..<4000 {
            let header =
                chance.below(2) == 0
                ? chance.text(of: pieces, upTo: 8) : chance.mutated("a=b; \(name)=\(token); c=d", with: pieces)
            let request = Self.request(HTTPField(name: .cookie, value: header))
            guard let value = jar.value(.session, .default, in: request) else { continue }
            read += 1
            #expect(value.utf8.count == 43, "\(header)")
            #expect(value.utf8.allSatisfy { $0.isAlphanumeric || "-_".utf8.contains($0) }, "\(header)")
            #expect(header.contains("\(name)=\(value)"), "\(header)")
        }
        #expect(read > 100)
    }

    @Test("credentials are taken only when they spell the right ones")
    func basic() {
        let right = "web:\(BasicHeaderTests.encodedSecret)"
        let pieces = [
            "&", "=", "%", "+", ":", "%26", "%00", "&\u{301}", "&v=", "web", "x", " ", "%20", "é", "\u{200D}", "\u{0}",
            "%3A", "public",
        ]
        var chance = FuzzChance(seed: 20_260_109)
        var accepted = 0
        for round in 0..<4000 {
            let credentials = round == 0 ? right : chance.mutated(right, with: pieces)
            guard let client = try? BasicHeaderTests.client(BasicHeaderTests.header(credentials)) else { continue }
            accepted += 1
            let parts = credentials.unicodeScalars.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let read = parts.map { String($0).replacing("+", with: " ").removingPercentEncoding }
            #expect(read == ["web", BasicHeaderTests.secret], "\(credentials)")
            #expect(client == "web")
        }
        #expect(accepted >= 1)
    }

    @Test("headers that are not even base64 never crash")
    func headers() {
        let pieces = [
            "Basic", "basic ", " ", "d2Vi", "OnNl", "=", "==", "!", ",", "\u{0}", "é", "Bearer", ":", "/", "+", "-",
            "_",
        ]
        var chance = FuzzChance(seed: 20_260_110)
        for _ in 0..<3000 {
            let header = chance.text(of: pieces, upTo: 7)
            #expect(throws: OAuthError.self) { try BasicHeaderTests.client(header) }
        }
    }
}
