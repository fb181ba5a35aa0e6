import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import IdP

@Suite("A request that is no HTTP, or breaks off, is the sender's trouble: 400 and the end, no error of ours")
struct BrokenRequestTests {
    static let head =
        "POST /oidc/token HTTP/1.1\r\nHost: id.example.com\r\nContent-Type: application/x-www-form-urlencoded\r\n"

    static let broken = [
        "a chunk without a size": head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nx=1\r\n0\r\n\r\n",
        "a size that does not fit": head + "Transfer-Encoding: chunked\r\n\r\n3\r\nx=1234567\r\n0\r\n\r\n",
        "a second chunk that is none": head + "Transfer-Encoding: chunked\r\n\r\n3\r\nx=1\r\nnonsense\r\n",
    ]

    /// Sends bytes to a server of the provider's and reads until it closes; nil without `reading`.
    private func exchange(_ text: String, reading: Bool = true) async throws -> (answer: String, log: [String]) {
        try await TestApp.story { app in
            let server = Hummingbird.Application(
                router: try app.provider.router(),
                configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
                logger: app.log.logger("server"))
            let answer = try await server.test(.live) { client in
                let port = try #require(client.port)
                return try await RawConnection.exchange(text, port: port, reading: reading)
            }
            return (answer, app.log.lines)
        }
    }

    @Test("one 400, then the connection closes", arguments: broken.keys.sorted())
    func malformed(_ name: String) async throws {
        let (answer, log) = try await exchange(Self.broken[name] ?? "")
        #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
        #expect(answer.ranges(of: "HTTP/1.1 ").count == 1, "\(answer)")
        #expect(!log.contains { $0.hasPrefix("error") }, "\(log.filter { $0.hasPrefix("error") })")
    }

    @Test(
        "a sender who leaves in the middle is no error",
        arguments: ["Content-Length: 100", "Transfer-Encoding: chunked"])
    func leaves(_ header: String) async throws {
        let (_, log) = try await exchange(Self.head + header + "\r\n\r\n5\r\nx=123", reading: false)
        #expect(!log.contains { $0.hasPrefix("error") }, "\(log.filter { $0.hasPrefix("error") })")
    }

    @Test("a good request to the same server is answered")
    func good() async throws {
        let (answer, _) = try await exchange(
            Self.head + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nx=1\r\n0\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 401 ") || answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
        #expect(answer.contains("\"error\""))
    }
}

/// A connection that sends whatever it is told.
enum RawConnection {
    struct Failure: Error {
        var call: String
    }

    /// Sends, then reads until the other side closes, for 10 seconds at most.
    static func exchange(_ text: String, port: Int, reading: Bool) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            // Blocks, so not on one of the few threads that run tasks.
            DispatchQueue.global().async {
                continuation.resume(with: Result { try blockingExchange(text, port: port, reading: reading) })
            }
        }
    }

    private static func blockingExchange(_ text: String, port: Int, reading: Bool) throws -> String {
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        guard descriptor >= 0 else { throw Failure(call: "socket") }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(call: "connect") }
        let bytes = Array(text.utf8)
        guard send(descriptor, bytes, bytes.count, 0) == bytes.count else { throw Failure(call: "send") }
        guard reading else { return "" }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else {
                // Closed or reset is an end; silence is not.
                if count < 0, errno == EAGAIN { throw Failure(call: "recv") }
                return String(decoding: answer, as: UTF8.self)
            }
            answer += buffer.prefix(count)
        }
    }
}
