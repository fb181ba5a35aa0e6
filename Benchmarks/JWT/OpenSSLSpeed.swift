import Foundation

/// Signatures and verifications per second, as `openssl speed` tells them.
struct OpenSSLSpeed {
    let signatures: Double
    let verifications: Double

    /// Runs `openssl speed rsa2048`; nil where there is no such program, or where it answers otherwise.
    static func run(seconds: Int) throws -> OpenSSLSpeed? {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl", "speed", "-seconds", String(seconds), "rsa2048"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        // "rsa 2048 bits 0.000213s 0.000013s   4687.4  78555.3"
        let line = String(decoding: answer, as: UTF8.self).split(separator: "\n")
            .last { $0.hasPrefix("rsa") && $0.contains("2048") }
        let numbers = (line ?? "").split(separator: " ").suffix(2).compactMap { Double($0) }
        guard process.terminationStatus == 0, numbers.count == 2 else { return nil }
        return OpenSSLSpeed(signatures: numbers[0], verifications: numbers[1])
    }
}
