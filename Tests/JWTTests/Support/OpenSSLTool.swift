import Foundation

/// Runs the `openssl` program in a folder of its own.
struct OpenSSLTool {
    private static let program = URL(fileURLWithPath: "/usr/bin/openssl")
    static let isHere = FileManager.default.isExecutableFile(atPath: program.path)

    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("JWTTests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() {
        try? FileManager.default.removeItem(at: folder)
    }

    func write(_ name: String, _ text: String) throws {
        try write(name, Array(text.utf8))
    }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: folder.appendingPathComponent(name))
    }

    func read(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: folder.appendingPathComponent(name)))
    }

    func run(_ arguments: String...) throws -> (status: Int32, output: String) {
        try run(arguments)
    }

    /// By `popen`: Foundation's `Process` now and then misses the end of a child when the run starts others at the same
    /// time, and then waits for ever.
    func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let words = ([Self.program.path] + arguments).map { "'" + $0.replacing("'", with: "'\\''") + "'" }
        let command = "cd '\(folder.path)' && \(words.joined(separator: " ")) </dev/null 2>/dev/null"
        guard let stream = popen(command, "r") else { throw CocoaError(.fileReadUnknown) }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 {
            output += buffer[..<count]
        }
        return (pclose(stream) >> 8 & 0xFF, String(decoding: output, as: UTF8.self))
    }
}
