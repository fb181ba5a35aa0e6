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
                    let line = log.lines.first { $0.contains("listening") } ?? ""
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
    static func openssl(_ arguments: [String]) async throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        let (ended, hasEnded) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in hasEnded.finish() }
        try process.run()
        for await _ in ended {}
        return String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    }
}
