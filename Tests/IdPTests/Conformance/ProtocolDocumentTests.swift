import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import IdP

/// docs/protocol.md is compared with the router and with the tables of the conformance modules.
@Suite struct ProtocolDocumentTests {
    /// A heading of the document with the text below it.
    private struct Section {
        var heading: String
        var text: String
    }

    private static func sections() throws -> [Section] {
        let root = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
        let text = try String(contentsOf: root.appending(path: "docs/protocol.md"), encoding: .utf8)
        return text.components(separatedBy: "\n#").dropFirst().map { part in
            let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            let heading = lines[0].drop { $0 == "#" }.trimmingCharacters(in: .whitespaces)
            return Section(heading: heading, text: lines.count == 2 ? String(lines[1]) : "")
        }
    }

    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]

    /// Parts that vary count alike, whatever they are called.
    private static func shape(_ route: String) -> String {
        route.replacing(/\{[^}]*\}/, with: "{}")
    }

    @Test("every route is a heading, and every heading a route")
    func routes() async throws {
        let sections = try Self.sections().filter { section in
            Self.methods.contains { section.heading.hasPrefix($0 + " /") }
        }
        let documented = sections.map { Self.shape($0.heading) }
        let ofEveryPool = sections.filter { !$0.text.contains("*Root only.*") }.map { Self.shape($0.heading) }
        #expect(Set(documented).count == documented.count, "a route stands twice")
        try await TestApp.story { app in
            let routes = try app.provider.router().routes.map { Self.shape("\($0.method) \($0.path)") }
                .filter { !$0.hasPrefix("HEAD ") && !$0.hasPrefix("OPTIONS ") }
            let below = routes.filter { $0.contains(" /pools/{}/") }
            let atRoot = Set(routes).subtracting(below)
            #expect(atRoot.subtracting(documented).sorted() == [], "not in the document")
            #expect(Set(documented).subtracting(atRoot).sorted() == [], "not in the router")
            let pooled = Set(below.map { $0.replacing(" /pools/{}/", with: " /") })
            #expect(pooled.subtracting(ofEveryPool).sorted() == [], "marked as root only, but below pools too")
            #expect(Set(ofEveryPool).subtracting(pooled).sorted() == [], "not marked as root only")
        }
    }

    private static let profiles: [(heading: String, modules: [Module])] = [
        ("Basic OP", Module.basic), ("Config OP", Module.config), ("RP-Initiated Logout OP", Module.rpInitiatedLogout),
        ("Back-Channel OP", Module.backChannel),
    ]

    @Test("every module is listed under its profile, and every listed module is a test")
    func modules() throws {
        let sections = try Self.sections()
        for (heading, modules) in Self.profiles {
            let section = try #require(sections.first { $0.heading == heading }, "\(heading)")
            let names = section.text.matches(of: /`(oidcc-[a-z0-9-]+)`/).map { String($0.output.1) }
                .filter { !$0.hasSuffix("-test-plan") }
            #expect(Set(names).count == names.count, "\(heading) lists a module twice")
            #expect(Set(names) == Set(modules.map(\.name)), "\(heading)")
            for module in modules {
                let row = section.text.split(separator: "\n").first { $0.contains("`\(module.name)`") } ?? ""
                #expect(row.contains("does not apply") == (module.skipped != nil), "\(module.name)")
            }
        }
        let formPost = try #require(sections.first { $0.heading == "Form Post OP" })
        for (name, _) in Module.plans {
            #expect(sections.contains { $0.text.contains("`\(name)`") }, "\(name)")
        }
        #expect(formPost.text.contains("modules of Basic OP"))
    }
}
