import HTTPTypes
import Testing

@testable import IdP

@Suite("What a request costs does not grow with what came before")
struct StatementCostTests {
    /// How the engine would find the rows of each statement.
    private func plans(_ statements: [WatchedDatabase.Statement], _ app: TestApp) async throws -> [String: String] {
        var plans: [String: String] = [:]
        for statement in statements where plans[statement.sql] == nil {
            let rows = try await app.database.query("EXPLAIN QUERY PLAN \(statement.sql)", statement.arguments)
            plans[statement.sql] = try rows.map { try $0.text("detail") }.joined(separator: "; ")
        }
        return plans
    }

    @Test("a browser with thousands of open sign-ins begins one more as cheaply as the second")
    func openSignIns() async throws {
        try await TestApp.story { app in
            let browser = Browser(app, userAgent: Browser.safari)
            #expect(try await browser.request(AuthorizationRequest().url).page == "open-in-wechat")
            let binding = browser.cookies
            try await app.execute(
                """
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
                INSERT INTO sign_ins (handle_hash, pool, binding_hash, request, restarts, stage, insisted, confirmed,
                    expires_at)
                SELECT 'open' || i, pool, binding_hash, request, 0, 'start', 0, 0, expires_at FROM n, sign_ins
                """)
            _ = app.storage.takeStatements()
            #expect(try await browser.request(AuthorizationRequest().url).page == "open-in-wechat")
            let statements = app.storage.takeStatements()
            #expect(browser.cookies == binding)
            #expect(statements.reduce(0) { $0 + $1.rows } < 5)
            let looks = try await plans(statements, app).filter { $0.key.contains("binding_hash = ") }
            #expect(!looks.isEmpty)
            // Both questions go down the index to the rows that answer them: open ones, answered ones.
            for (_, plan) in looks { #expect(plan.ranges(of: "binding_hash=? AND answered_at").count == 2, "\(plan)") }
        }
    }

    @Test("no statement of a sign-in, of an application or of a visitor reads a whole table or pool")
    func noScans() async throws {
        try await TestApp.story { app in
            _ = app.storage.takeStatements()
            let browser = Browser(app)
            let tokens = try await app.tokens(in: browser)
            _ = try await app.refresh(tokens.field("refresh_token"))
            _ = try await app.refresh(tokens.field("refresh_token"))
            #expect(try await app.me(tokens.field("access_token")).status == .ok)
            _ = try await app.social("mp", in: browser)
            _ = try await app.code("third", in: browser)
            _ = try await app.code("second", in: Browser(app))
            app.clock.advance(by: 901)
            _ = try await browser.refuse(
                try await browser.open(AuthorizationRequest("third", ["prompt": "consent"]).url))
            let page = try await browser.open(AuthorizationRequest("second", ["prompt": "login"]).url)
            let callback = try await browser.callback(try #require(browser.mainLink(page)))
            _ = try await Browser(app).request(callback)
            _ = try await browser.open(callback)
            let scan = try await ScanStory(app)
            _ = try await scan.approve(with: Browser(app))
            _ = try await scan.desktop.isWaiting(scan.page)
            #expect(try await scan.desktop.goOn(scan.page).query["code"] != nil)
            let plans = try await plans(app.storage.takeStatements(), app)
            #expect(plans.count > 20)
            for (sql, plan) in plans where !sql.hasPrefix("INSERT") {
                #expect(!plan.replacing("SCAN CONSTANT ROW", with: "").contains("SCAN "), "\(sql): \(plan)")
                // A pool may be all there is.
                #expect(!plan.contains("(pool=?)"), "\(sql): \(plan)")
            }
        }
    }
}
