import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import IdP

/// Ranges of addresses, and whom `X-Forwarded-For` is believed from.
@Suite struct IPNetworkTests {
    @Test(
        "is no network",
        arguments: [
            "", " ", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/+8", "10.0.0.0/ 8",
            "10.0.0.0/8 ", "10.0.0.0/a", "10.0.0/8", "10.0.0.0.0", "256.0.0.1", "01.2.3.4", "proxy.example.com",
            "::1/129",
            "::1/", ":::", "12345::", "[::1]", "fe80::1%eth0", "10.0.0.1\u{0}", "::1\u{0}x", "10.0.0.0/８", "1２.0.0.1",
            "10",
            "0x0a000001", "10.0.0.1:80",
        ])
    func refused(_ text: String) {
        #expect(IPNetwork(text) == nil)
    }

    @Test(
        "contains",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1"), ("10.0.0.1", "10.0.0.1"), ("10.0.0.1/32", "10.0.0.1"),
            ("0.0.0.0/0", "8.8.8.8"),
            ("10.9.9.9/8", "10.0.0.1"), ("192.168.128.0/17", "192.168.255.255"), ("172.16.0.0/12", "172.31.255.255"),
            ("::1", "::1"), ("::1", "0:0:0:0:0:0:0:1"), ("fd00::/8", "fdff::1"), ("2001:db8::/33", "2001:db8:7fff::1"),
            ("::/0", "2001:db8::1"), ("10.0.0.0/8", "::ffff:10.0.0.1"),
        ])
    func contains(_ network: String, _ address: String) throws {
        #expect(try #require(IPNetwork(network)).contains(address))
    }

    @Test(
        "does not contain",
        arguments: [
            ("10.0.0.0/8", "11.0.0.1"), ("10.0.0.1", "10.0.0.2"), ("192.168.128.0/17", "192.168.127.255"),
            ("172.16.0.0/12", "172.32.0.0"), ("::1", "::2"), ("2001:db8::/33", "2001:db8:8000::1"),
            ("0.0.0.0/0", "::1"),
            ("::/0", "1.2.3.4"), ("10.0.0.0/8", ""), ("10.0.0.0/8", "unknown"), ("10.0.0.0/8", "10.0.0.1/8"),
            ("10.0.0.0/8", "10.0.0.1 "), ("10.0.0.0/8", "10.0.0.1\u{0}"), ("10.0.0.0/8", "::ffff:11.0.0.1"),
        ])
    func doesNotContain(_ network: String, _ address: String) throws {
        #expect(try !#require(IPNetwork(network)).contains(address))
    }

    struct Hop: Sendable, CustomTestStringConvertible {
        var name: String
        var trusted: [String]
        var forwarded: [String]
        var address: String
        var testDescription: String { name }

        init(_ name: String, trusting trusted: [String], _ forwarded: String..., is address: String) {
            (self.name, self.trusted, self.forwarded, self.address) = (name, trusted, forwarded, address)
        }
    }

    /// Every request comes from 127.0.0.1.
    static let hops: [Hop] = [
        Hop("a stranger's header is not believed", trusting: ["10.0.0.0/8"], "203.0.113.9", is: "127.0.0.1"),
        Hop("no proxies at all", trusting: [], "203.0.113.9", is: "127.0.0.1"),
        Hop("no header", trusting: ["127.0.0.1"], is: "127.0.0.1"),
        Hop("rubbish ends the chain", trusting: ["127.0.0.1"], "203.0.113.9, rubbish", is: "127.0.0.1"),
        Hop("a network is no address", trusting: ["127.0.0.1"], "0.0.0.0/0", is: "127.0.0.1"),
        Hop(
            "what the visitor wrote in front is not believed", trusting: ["127.0.0.1"], "6.6.6.6, 203.0.113.9",
            is: "203.0.113.9"),
        Hop("one proxy", trusting: ["127.0.0.1"], "203.0.113.9", is: "203.0.113.9"),
        Hop("two proxies", trusting: ["127.0.0.0/8", "10.0.0.0/8"], "203.0.113.9,10.0.0.7", is: "203.0.113.9"),
        Hop("two headers", trusting: ["127.0.0.0/8", "10.0.0.0/8"], "203.0.113.9", "10.0.0.7", is: "203.0.113.9"),
        Hop("IPv6", trusting: ["127.0.0.1"], "2001:db8::1", is: "2001:db8::1"),
        Hop("all of them proxies", trusting: ["0.0.0.0/0"], "9.9.9.9, 8.8.8.8", is: "9.9.9.9"),
    ]

    @Test("the visitor's address is the last one that is none of our proxies", arguments: hops)
    func clientAddress(_ row: Hop) async throws {
        let networks = row.trusted.compactMap { IPNetwork($0) }
        let router = Router(context: ProviderRequestContext.self)
        router.get("who") { request, context in context.clientAddress(request, trusting: networks) }
        let application = Hummingbird.Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await application.test(.live) { client in
            var headers = HTTPFields()
            for value in row.forwarded { headers.append(HTTPField(name: .xForwardedFor, value: value)) }
            let response = try await client.execute(uri: "/who", method: .get, headers: headers)
            #expect(String(buffer: response.body) == row.address)
        }
    }
}
