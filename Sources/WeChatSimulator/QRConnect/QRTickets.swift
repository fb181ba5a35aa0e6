import Foundation

/// The QR codes shown to people at a desktop, each waiting for a phone.
struct QRTickets: Sendable {
    struct Ticket: Sendable {
        let uuid: String
        let app: SimulatedApp
        let target: RedirectTarget
        let state: String
        let expiresAt: Date
        var status = Status.waiting
    }

    enum Status: Sendable {
        case waiting
        case scanned(SimulatedUser)
        /// Allowed; the code, and the address that the desktop goes to.
        case confirmed(code: String, address: String)
        /// Refused; the address, where a refusal is told at all.
        case refused(address: String?)
    }

    var tickets = Recent<String, Ticket>()
    /// The latest codes, newest last, for the simulator's own page.
    private(set) var latest: [String] = []

    mutating func add(_ ticket: Ticket) {
        tickets[ticket.uuid] = ticket
        latest = latest.suffix(9) + [ticket.uuid]
    }
}

extension QRTickets.Ticket {
    /// The number that the long poll answers.
    func number(at now: Date) -> Int {
        switch status {
        case .confirmed: 405
        case .refused: 403
        case .waiting where now < expiresAt: 408
        case .scanned where now < expiresAt: 404
        case .waiting, .scanned: 402
        }
    }
}
