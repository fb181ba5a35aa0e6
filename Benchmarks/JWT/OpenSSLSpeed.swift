import Foundation

/// Signatures and verifications per second, as `openssl speed` tells them.
struct OpenSSLSpeed {
    let signatures: Double
    let verifications: Double

    /// Runs `openssl speed` for some of its algorithms, each for twice as many seconds, and finds each by a mark on its
    /// line; those it does not tell of are absent, and all are where there is no such program.
    static func run(_ marks: [String: String], seconds: Int) throws -> [String: OpenSSLSpeed] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl", "speed", "-seconds", String(seconds)] + marks.keys.sorted()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return [:] }
        // "rsa 2048 bits 0.000213s 0.000013s   4687.4  78555.3"
        // " 256 bits ecdsa (nistp256)   0.0000s   0.0000s  70702.2  24709.6"
        let lines = String(decoding: answer, as: UTF8.self).split(separator: "\n")
        return marks.compactMapValues { mark in
            let numbers = (lines.last { $0.contains(mark) } ?? "").split(separator: " ").suffix(2)
                .compactMap { Double($0) }
            return numbers.count == 2 ? OpenSSLSpeed(signatures: numbers[0], verifications: numbers[1]) : nil
        }
    }

    /// The better of each.
    func best(_ other: OpenSSLSpeed?) -> OpenSSLSpeed {
        OpenSSLSpeed(
            signatures: max(signatures, other?.signatures ?? 0),
            verifications: max(verifications, other?.verifications ?? 0)
        )
    }
}
