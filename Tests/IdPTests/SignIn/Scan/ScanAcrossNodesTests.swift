import Foundation
import HTTPTypes
import Testing

@testable import IdP

@Suite("A scan between several nodes, and many at once")
struct ScanAcrossNodesTests {
    @Test("the desktop and the phone may meet different nodes at every step")
    func twoNodes() async throws {
        try await TestApp.story { first in
            try await first.secondNode { second in
                let story = try await ScanStory(first)
                let phone = Browser(second)
                _ = try await story.approve(with: phone)
                // The desktop goes on at the other node, by the same cookies.
                let desktop = Browser(second, userAgent: Browser.desktop)
                desktop.cookies = story.desktop.cookies
                #expect(try await desktop.isWaiting(story.page) == false)
                let answer = try await desktop.goOn(story.page)
                #expect(try await first.redeem(try #require(answer.query["code"])).status == .ok)
                // And the other way round.
                let back = try await ScanStory(second)
                _ = try await back.approve(with: Browser(first))
                let moved = Browser(first, userAgent: Browser.desktop)
                moved.cookies = back.desktop.cookies
                #expect(try await moved.goOn(back.page).query["code"] != nil)
            }
        }
    }

    @Test("of a hundred redemptions at once, on two nodes, one makes a session, and all go to the same place")
    func hundredRedemptions() async throws {
        try await TestApp.story { first in
            try await first.secondNode { second in
                let story = try await ScanStory(first)
                _ = try await story.approve(with: Browser(first))
                let next = try #require(story.page.text.value(of: "data-next", after: "<script"))
                let sessions = try await first.count("sessions")
                let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                    for index in 0..<100 {
                        let browser = Browser(index % 2 == 0 ? first : second, userAgent: Browser.desktop)
                        browser.cookies = story.desktop.cookies
                        group.addTask { try await browser.request(next) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let codes = Set(answers.compactMap { $0.query["code"] })
                #expect(codes.count == 1)
                #expect(answers.count { $0.query["code"] != nil } == 100)
                let cookies = answers.flatMap(\.setCookies).filter { $0.contains("wxidp-session") }
                #expect(cookies.count == 1)
                #expect(try await first.count("sessions") == sessions + 1)
                #expect(try await first.count("authorization_codes") == 1)
                #expect(try await first.count("scan_tickets", where: "state = 'redeemed'") == 1)
            }
        }
    }

    @Test("of a hundred phones that decide at once, one decides")
    func hundredDecisions() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            let phone = Browser(app)
            let question = try await story.scan(with: phone)
            let action = try #require(question.text.value(of: "action", after: "<form class=\"choice\""))
            let token = try #require(question.text.value(of: "value", after: "name=\"token\""))
            let pages = try await withThrowingTaskGroup(of: String?.self) { group in
                for index in 0..<100 {
                    let number = String(question.offeredNumbers[index % 3])
                    group.addTask {
                        try await phone.request(.post, action, form: ["token": token, "number": number]).page
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(pages.count { $0 == "scan-over" } == 99)
            #expect(pages.count { $0 == "scan-done" || $0 == "scan-mismatch" } == 1)
        }
    }

    @Test("a page has two streams at most, and the rest of the world its share")
    func streams() {
        let streams = OpenStreams()
        let (first, second) = (HandleHash(of: "1"), HandleHash(of: "2"))
        var own = [streams.open(first), streams.open(first)]
        #expect(own.count { $0 != nil } == 2 && streams.open(first) == nil)
        let other = streams.open(second)
        #expect(other != nil)
        own.removeLast()
        own.append(streams.open(first))
        #expect(own.allSatisfy { $0 != nil })
        let all = OpenStreams()
        var places = (0..<OpenStreams.limit).map { all.open(HandleHash(of: "\($0)")) }
        #expect(!places.contains { $0 == nil } && all.open(first) == nil)
        places.removeFirst()
        #expect(all.open(first) != nil)
    }

    @Test("what is stored of a ticket is worth nothing to a reader of the database")
    func atRest() async throws {
        try await TestApp.story { app in
            let story = try await ScanStory(app)
            let text = String(try #require(story.ticket.split(separator: "/").last))
            let phone = Browser(app)
            _ = try await phone.request(story.ticket)
            let secret = try #require(story.desktop.cookies[Browser.scanCookie])
            let planted = [text, secret, story.handle]
            for table in ["scan_tickets", "sign_ins"] {
                for row in try await app.database.query("SELECT * FROM \(table)", []) {
                    #expect(!planted.contains { "\(row)".contains($0) }, "\(table)")
                }
            }
            #expect(!app.log.lines.contains { line in planted.contains { line.contains($0) } })
        }
    }
}
