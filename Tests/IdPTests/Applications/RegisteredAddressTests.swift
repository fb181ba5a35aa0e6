import Testing

@testable import IdP

/// What an application may register as an address to return to, and what follows from it.
@Suite struct RegisteredAddressTests {
    @Test(
        "can't be registered",
        arguments: [
            "", " ", "#", "/back", "//a.example/", "a.example", "a.example:8080", "https://", "https://A.example/",
            "https://a.example/#", "https://a.example/#x", "com.example.app:/x#y", "https://u@a.example/",
            "https://u:p@a.example/", "https://a.example\\@b.example/", "https://a.example/\\x",
            "https://*.example.com/",
            "https://a.example/*", "com.example.app:/*", "http://a.example/", "http://10.0.0.1/",
            "http://localhost.a.example/",
            "http://127.0.0.2/", "http://0.0.0.0/", "http://[::]/", "javascript:alert(1)", "JavaScript:alert(1)",
            "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "about:blank", "blob:x",
            "chrome:x", "intent://x#Intent;end", "mailto:a@a.example", "myapp:/x", "myapp://x", "tel:1",
            "urn:ietf:wg:oauth:2.0:oob", "Com.Example.App:/x", "1com.example:/x", ".com.example:/x", "-a.b:/x",
            "com_example.app:/x", "com.example.app", "com.example.app:/x y", "com.example.app:/\"",
            "com.example.app:/<x>",
            "com.example.app:/\\", "com.example.app:/é", "com.example.app:/\u{0}", "com.example.app:/\r\nx",
            "http://user@127.0.0.1/", "https:///a.example", "https:a.example", "ftp://a.example/", "ws://a.example/",
            "https://a.example/%zz", "https://a.example:0/", "https://a.example:99999/", "https://例子.cn/",
        ])
    func refused(_ text: String) throws {
        for kind in Application.Kind.allCases {
            let problem = try #require(RedirectURI.problem(with: text, kind: kind, allowsPlainHTTP: false))
            #expect(!problem.predicate.isEmpty && !problem.remedy.isEmpty)
            // What was written may hold a password.
            #expect(!problem.predicate.contains("u:p@"))
        }
    }

    @Test(
        "can be registered",
        arguments: [
            "https://a.example", "https://a.example/", "https://a.example/back?x=1&y=%20",
            "https://a.example:8443/back",
            "https://1.2.3.4/back", "https://[2001:db8::1]/back", "http://127.0.0.1:4000/back", "http://localhost/back",
            "http://[::1]:1/", "com.example.app:/back", "com.example.app://back", "com.example.app:/back?x=1",
            "io.x+y-z.app:/b",
        ])
    func accepted(_ text: String) {
        #expect(RedirectURI.problem(with: text, kind: .native, allowsPlainHTTP: false) == nil)
        // Any program of a device may claim a scheme, so only applications that always ask may have one.
        let web = RedirectURI.problem(with: text, kind: .web, allowsPlainHTTP: false)
        #expect((web == nil) == text.hasPrefix("http"))
    }

    @Test("a test network may do without TLS, and with nothing else")
    func testNetwork() {
        #expect(RedirectURI.problem(with: "http://a.example/", kind: .web, allowsPlainHTTP: true) == nil)
        for text in ["http://a.example/#x", "http://u@a.example/", "javascript:alert(1)", "http://*.example.com/"] {
            #expect(RedirectURI.problem(with: text, kind: .native, allowsPlainHTTP: true) != nil)
        }
    }

    private func application(_ change: (inout Application) -> Void) throws -> Application {
        var application = Application.forTests(try #require(ClientID(rawValue: "web")))
        change(&application)
        return application
    }

    @Test("the origins that may call are those of the registered pages, without those of apps")
    func origins() throws {
        let application = try application {
            $0.redirectURIs = [
                "https://a.example/x", "https://a.example:443/y", "http://127.0.0.1:4000/", "com.example.app:/x",
                "https://b.example:8443/",
            ]
        }
        #expect(application.origins == ["https://a.example", "http://127.0.0.1:4000", "https://b.example:8443"])
        #expect(try self.application { $0.redirectURIs = [] }.origins.isEmpty)
    }

    @Test(
        "who must ask the person",
        arguments: [
            (true, Application.Kind.web, false), (true, .native, true), (false, .web, true), (false, .native, true),
        ])
    func confirmation(_ isFirstParty: Bool, _ kind: Application.Kind, _ expected: Bool) throws {
        let application = try application { ($0.isFirstParty, $0.kind) = (isFirstParty, kind) }
        #expect(application.needsConfirmation == expected)
    }

    @Test("an application that lists connections has those, in its own order; one that lists none has all")
    func connections() throws {
        let text = """
            public_url: https://id.example.com
            pools:
              - id: default
                connections:
                  - {identifier: a, kind: mini_program, app_id: wx1, app_secret: x}
                  - {identifier: b, kind: mini_program, app_id: wx2, app_secret: x}
                applications:
                  - {client_id: all}
                  - {client_id: second, connections: [b]}
                  - {client_id: both, connections: [b, a]}
                  - {client_id: none, connections: []}
            """
        let pool = try #require(try ConfigurationText.parse(text).defaultPool)
        let names = pool.applications.map { pool.connections(of: $0).map(\.id.rawValue) }
        #expect(names == [["a", "b"], ["b"], ["b", "a"], []])
        #expect(pool.applications(using: pool.connections[0]).map(\.id.rawValue) == ["all", "both"])
        #expect(pool.applications(using: pool.connections[1]).map(\.id.rawValue) == ["all", "second", "both"])
        #expect(pool.defaultApplication == nil)
    }
}
