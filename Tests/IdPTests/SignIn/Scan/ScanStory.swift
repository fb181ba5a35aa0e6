import Foundation
import HTTPTypes
import JWT
import Testing

@testable import IdP

extension Browser {
    static let desktop =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"

    /// The cookie that is not in the picture.
    static let scanCookie = "__Host-wxidp-scan-default"

    /// Opens a page's other links by what stands in their addresses.
    func followLink(_ part: String, on page: Answer) async throws -> Answer {
        let link = try #require(page.links.first { $0.contains(part) }, "no link with \(part)")
        return try await open(link)
    }

    /// Goes on as the desktop's script does after an event.
    func goOn(_ page: Answer) async throws -> Answer {
        try await open(try #require(page.text.value(of: "data-next", after: "<script")))
    }

    /// Asks as a desktop without event streams does.
    func isWaiting(_ page: Answer) async throws -> Bool? {
        let events = try #require(page.text.value(of: "data-events", after: "<script"))
        let answer = try await request(.get, events, headers: [.accept: "application/json"])
        return answer.json["waiting"]?.boolValue
    }

    /// Picks a number on the phone's page, by a test on it.
    func pick(on page: Answer, where condition: (Int) -> Bool) async throws -> Answer {
        let offered = page.offeredNumbers.first(where: condition)
        let number = try #require(offered)
        return try await decide(on: page, ["number": String(number)])
    }

    /// Posts the phone's form.
    func decide(on page: Answer, _ fields: [String: String]) async throws -> Answer {
        let action = try #require(page.text.value(of: "action", after: "<form class=\"choice\""))
        let token = try #require(page.text.value(of: "value", after: "name=\"token\""))
        return try await request(.post, action, form: fields.merging(["token": token]) { own, _ in own })
    }
}

extension Answer {
    /// The addresses of all links.
    var links: [String] {
        text.matches(of: /<a class="[^"]*" href="([^"]*)"/).map { String($0.output.1).replacing("&amp;", with: "&") }
    }

    /// The numbers on the phone's buttons.
    var offeredNumbers: [Int] {
        text.matches(of: /name="number" value="([0-9]+)"/).compactMap { Int($0.output.1) }
    }

    /// The number on the desktop's page.
    var shownNumber: Int? {
        text.firstMatch(of: /<strong>([0-9]{2})<\/strong>/).flatMap { Int($0.output.1) }
    }

    /// The squares of the QR code.
    var squares: String? { text.value(of: "d", after: "class=\"squares\"") }
}

/// A desktop that shows a QR code, and what stands in it.
struct ScanStory: Sendable {
    let app: TestApp
    let desktop: Browser
    let page: Answer
    /// The address in the QR code.
    let ticket: String

    /// Begins a sign-in on a desktop.
    init(
        _ app: TestApp, client: String = "web", desktop: Browser? = nil, scope: String = "openid profile",
        _ extra: [String: String?] = [:]
    ) async throws {
        let desktop = desktop ?? Browser(app, userAgent: Browser.desktop)
        let page = try await desktop.open(AuthorizationRequest(client, scope: scope, extra).url)
        try #require(page.page == "scan", "\(page.status) \(page.page ?? page.location ?? page.text)")
        try await self.init(app, desktop: desktop, page: page)
    }

    /// Reads the ticket of a page.
    init(_ app: TestApp, desktop: Browser, page: Answer) async throws {
        (self.app, self.desktop, self.page) = (app, desktop, page)
        let handle = try #require(page.handle)
        let ticket = try await Self.ticket(of: handle, app)
        self.ticket = ticket
        // A camera would read this very text.
        let picture = try #require(QRPicture(encoding: ticket))
        #expect(page.squares == picture.path)
    }

    /// A QR code is read back by taking what the database says it holds, and comparing pictures.
    static func ticket(of handle: String, _ app: TestApp) async throws -> String {
        let store = try app.scans()
        let record = try #require(try await store.current(of: HandleHash(of: handle)))
        let rows = try await app.database.query(
            "SELECT pool FROM scan_tickets WHERE ticket_hash = $1", [.text(record.ticketHash)])
        let pool = try #require(try rows.first?.text("pool"))
        let prefix = pool == "default" ? "" : "/pools/\(pool)"
        return try "\(app.publicURL)\(prefix)/oidc/scan/\(store.text(of: record))"
    }

    /// The handle of the desktop's sign-in.
    var handle: String { page.handle ?? "" }

    /// Opens the code on a phone and presses on until the numbers are shown.
    func scan(with phone: Browser) async throws -> Answer {
        var answer = try await phone.open(ticket)
        for _ in 0..<6
        where ["sign-in", "sign-in-again", "ask-profile"].contains(answer.page) || answer.url.contains("/connect/") {
            answer = try await phone.press(answer)
        }
        return answer
    }

    /// Opens, and picks the right number.
    func approve(with phone: Browser) async throws -> Answer {
        let question = try await scan(with: phone)
        try #require(question.page == "scan-confirm", "\(question.status) \(question.page ?? question.text)")
        let answer = try await phone.pick(on: question) { $0 == page.shownNumber }
        #expect(answer.page == "scan-done")
        return answer
    }
}

extension Answer {
    /// The handle in the links of one of our pages.
    var handle: String? {
        text.firstMatch(of: /\/oidc\/auth\/([0-9a-f]{32})/).map { String($0.output.1) }
    }
}

extension TestApp {
    /// The store that this provider uses.
    func scans() throws -> ScanStore {
        let path = provider.configuration.masterKeyFile
        let sealer = try Sealer(
            masterKey: MasterKey.load(path: path, mayCreate: false, surroundings: provider.surroundings))
        return ScanStore(
            database: database, sealer: sealer, signer: try ScanTicketSigner(sealer: sealer),
            surroundings: provider.surroundings)
    }
}
