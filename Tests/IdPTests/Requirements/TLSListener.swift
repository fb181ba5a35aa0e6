import Foundation
import Testing

@testable import IdP

/// The whole service on a port of its own, with a certificate, and a client that knows every version of TLS.
enum TLSListener {
    static func with(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await TemporaryFolder.with { folder in
            try folder.write(TLSFixture.certificate, to: "chain.pem")
            try folder.write(TLSFixture.key, to: "key.pem")
            let yaml =
                "listen: 127.0.0.1:0\nops_listen: 127.0.0.1:0\ntls: {certificate: chain.pem, key: key.pem}\n"
                + TestConfiguration.yaml(publicURL: "https://id.example.com")
            let configuration = try Configuration.parse(
                yaml, file: "test.yaml", folder: folder.url.path, environment: [:])
            let log = LogCapture()
            let service = ProviderService(configuration: configuration, logger: log.logger("service"))
            let (ready, hasStarted) = AsyncStream.makeStream(of: Void.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run(signals: []) { hasStarted.yield() } }
                group.addTask {
                    for await _ in ready { break }
                    // Our own line; the servers of both listeners write others.
                    let line = log.lines.first { $0.contains("public_url") } ?? ""
                    let port = line.firstMatch(of: /127\.0\.0\.1:(\d+)/).flatMap { Int($0.output.1) }
                    try await body(try #require(port, "\(line)"))
                }
                // Whichever ends first: the service with an error, or the client.
                try await group.next()
                group.cancelAll()
            }
        }
    }

    /// What the `openssl` program says, errors included.
    ///
    /// By `popen` on a thread of its own: Foundation's `Process` now and then misses the end of a child when the run
    /// starts others at the same time, and then waits for ever.
    static func openssl(_ arguments: [String]) async throws -> String {
        let words = arguments.map { "'\($0)'" }.joined(separator: " ")
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                guard let stream = popen("openssl \(words) </dev/null 2>&1", "r") else {
                    return continuation.resume(throwing: CocoaError(.fileReadUnknown))
                }
                var output: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 4096)
                while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 {
                    output += buffer[..<count]
                }
                pclose(stream)
                continuation.resume(returning: String(decoding: output, as: UTF8.self))
            }
        }
    }
}
