import Foundation
import JWT
import Testing

/// The Wycheproof vectors, which live outside the project.
///
/// `WXIDP_VECTORS` names their folder; by default it is `../shared/vectors` beside the project.
enum Vectors {
    static let folder: URL = {
        if let path = ProcessInfo.processInfo.environment["WXIDP_VECTORS"] { return URL(fileURLWithPath: path) }
        // Tests/JWTTests/Support/Vectors.swift
        let project = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return project.deletingLastPathComponent().appendingPathComponent("shared/vectors")
    }()

    static let areHere = FileManager.default.fileExists(atPath: folder.appendingPathComponent("wycheproof").path)
    static let absence: Comment = "the Wycheproof vectors are not here; set WXIDP_VECTORS to the folder that holds them"

    static func wycheproof(_ name: String) throws -> JSON {
        try JSON.parse(Data(contentsOf: folder.appendingPathComponent("wycheproof/\(name)")))
    }
}

/// Bytes of hexadecimal digits; white space is passed over.
func bytes(hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}
