import Foundation
import Testing

@testable import IdP

/// What operators read about pages is compared with the pages.
@Suite struct OperatingDocumentTests {
    static let documents = ["docs/operating.md", "docs/operating.zh-CN.md"]

    private static func text(_ document: String) throws -> String {
        let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        return try String(contentsOf: root.appending(path: document), encoding: .utf8)
    }

    @Test("every page a visitor may see is in the table, in both languages", arguments: documents)
    func pages(_ document: String) throws {
        let rows = try Self.text(document).split(separator: "\n").filter { $0.hasPrefix("| `") }
        let markers = Set(
            rows.flatMap { row in
                row.split(separator: "|").first.map { $0.matches(of: /`([a-z0-9-]+)`/).map { String($0.output.1) } }
                    ?? []
            })
        #expect(Set(PageText.allCases.map(\.rawValue)).subtracting(markers).sorted() == [])
    }

    @Test("the two languages know the same keys, commands, pages and log messages")
    func languages() throws {
        let names = try Self.documents.map { document in
            Set(
                try Self.text(document).matches(of: /^\| (`[^|]*`[^|]*) \|/.anchorsMatchLineEndings()).flatMap {
                    match in
                    match.output.1.matches(of: /`([^`]+)`/).map { String($0.output.1) }
                })
        }
        #expect(names[0].subtracting(names[1]).sorted() == [], "only in English")
        #expect(names[1].subtracting(names[0]).sorted() == [], "only in Chinese")
    }
}
