import Foundation

/// The tokens of the accounts themselves (`/cgi-bin`), and their JS-SDK tickets.
struct AccountTokens: Sendable {
    struct Token: Sendable {
        let text: String
        let appID: String
        var expiresAt: Date
        /// Whether a newer one took its place before its own end.
        var isReplaced = false
    }

    struct Ticket: Sendable {
        let text: String
        let expiresAt: Date
    }

    /// The tokens of one account; those of the two calls know nothing of each other.
    private struct Account: Sendable {
        var plain: String?
        var stable: String?
        var forcedAt: [Date] = []
        var tickets: [String: Ticket] = [:]
    }

    private var tokens = Recent<String, Token>()
    private var accounts: [String: Account] = [:]

    func token(_ text: String) -> Token? { tokens[text] }

    /// `/cgi-bin/token`: a new one each time, while the former lives on for the overlap only.
    mutating func issuePlain(_ text: String, appID: String, at now: Date, lifetime: Double, overlap: Double) {
        retire(accounts[appID]?.plain, at: now.addingTimeInterval(overlap))
        tokens[text] = Token(text: text, appID: appID, expiresAt: now.addingTimeInterval(lifetime))
        accounts[appID, default: Account()].plain = text
    }

    /// `/cgi-bin/stable_token`, normal mode: the one there is, unless it ends within the overlap.
    func stable(appID: String, at now: Date, overlap: Double) -> Token? {
        guard let token = accounts[appID]?.stable.flatMap({ tokens[$0] }) else { return nil }
        return now.addingTimeInterval(overlap) < token.expiresAt ? token : nil
    }

    /// Puts a new stable token in place; the former keeps its own end, or dies at once.
    mutating func issueStable(_ text: String, appID: String, at now: Date, lifetime: Double, killsFormer: Bool) -> Token
    {
        if killsFormer { retire(accounts[appID]?.stable, at: now) }
        let token = Token(text: text, appID: appID, expiresAt: now.addingTimeInterval(lifetime))
        tokens[text] = token
        accounts[appID, default: Account()].stable = text
        return token
    }

    /// When this account's stable token was forced, in the day before.
    mutating func forced(appID: String, at now: Date) -> [Date] {
        let recent = (accounts[appID]?.forcedAt ?? []).filter { now.timeIntervalSince($0) < 86_400 }
        accounts[appID, default: Account()].forcedAt = recent
        return recent
    }

    mutating func noteForced(appID: String, at now: Date) {
        accounts[appID, default: Account()].forcedAt.append(now)
    }

    func ticket(_ type: String, appID: String, at now: Date) -> Ticket? {
        guard let ticket = accounts[appID]?.tickets[type], now < ticket.expiresAt else { return nil }
        return ticket
    }

    mutating func keep(_ ticket: Ticket, type: String, appID: String) {
        accounts[appID, default: Account()].tickets[type] = ticket
    }

    private mutating func retire(_ text: String?, at end: Date) {
        guard let text, var token = tokens[text], end < token.expiresAt else { return }
        token.expiresAt = end
        token.isReplaced = true
        tokens[text] = token
    }
}
