import Foundation
import Testing

@testable import IdP

@Suite("Certificate and key that do not serve are named, with what to do, before anything listens")
struct TLSFilesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var certificate = TLSFixture.certificate
        var key = TLSFixture.key
        /// The setting that is named first, and the file.
        let setting: String
        let file: String
    }

    static let wrong: [Case] = [
        Case(testDescription: "an empty certificate", certificate: "", setting: "tls.certificate:", file: "chain.pem"),
        Case(
            testDescription: "a certificate that is no PEM", certificate: "not a certificate\n",
            setting: "tls.certificate:", file: "chain.pem"),
        Case(
            testDescription: "the key in place of the certificate", certificate: TLSFixture.key,
            setting: "tls.certificate:", file: "chain.pem"),
        Case(
            testDescription: "a certificate cut off", certificate: String(TLSFixture.certificate.prefix(300)),
            setting: "tls.certificate:", file: "chain.pem"),
        Case(testDescription: "an empty key", key: "", setting: "tls.key:", file: "key.pem"),
        Case(
            testDescription: "the certificate in place of the key", key: TLSFixture.certificate, setting: "tls.key:",
            file: "key.pem"),
        Case(
            testDescription: "a key with a passphrase", key: TLSFixture.lockedKey, setting: "tls.key:", file: "key.pem"),
        Case(
            testDescription: "another certificate's key", key: TLSFixture.otherKey, setting: "tls:", file: "key.pem"),
    ]

    private func service(_ folder: TemporaryFolder, certificate: String, key: String) throws -> ProviderService {
        try folder.write(certificate, to: "chain.pem")
        try folder.write(key, to: "key.pem")
        let yaml =
            "listen: 127.0.0.1:0\nops_listen: 127.0.0.1:0\ntls: {certificate: chain.pem, key: key.pem}\n"
            + TestConfiguration.yaml(publicURL: "https://id.example.com")
        let configuration = try Configuration.parse(
            yaml, file: "test.yaml", folder: folder.url.path, environment: [:])
        return ProviderService(configuration: configuration, logger: LogCapture().logger("service"))
    }

    @Test("the service does not start", arguments: wrong)
    func refused(_ row: Case) async throws {
        try await TemporaryFolder.with { folder in
            let service = try service(folder, certificate: row.certificate, key: row.key)
            let error = await #expect(throws: Configuration.TLSFiles.Failure.self) {
                try await service.run(signals: []) { Issue.record("it listens") }
            }
            let text = error?.description ?? ""
            #expect(text.hasPrefix(row.setting) && text.contains(folder.path(row.file)), "\(text)")
            #expect(text.contains("name "), "\(text)")
            #expect(!text.contains("BEGIN"))
        }
    }

    @Test("with the right pair it listens")
    func right() async throws {
        try await TemporaryFolder.with { folder in
            let service = try service(folder, certificate: TLSFixture.certificate, key: TLSFixture.key)
            let (ready, hasStarted) = AsyncStream.makeStream(of: Void.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run(signals: []) { hasStarted.yield() } }
                group.addTask { for await _ in ready { return } }
                // Whichever ends first: the service with an error, or the wait for it.
                try await group.next()
                group.cancelAll()
            }
        }
    }
}
