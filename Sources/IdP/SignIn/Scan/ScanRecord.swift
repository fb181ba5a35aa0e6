import Foundation

/// One ticket and what has become of it.
struct ScanRecord: Sendable {
    enum State: String, Sendable {
        /// Waits for a phone.
        case pending
        /// Somebody picked the right number; waits for the desktop.
        case approved
        /// Somebody pressed "cancel".
        case denied
        /// Somebody picked another number: over, as a second guess would be a better one.
        case wrongNumber = "wrong_number"
        /// The desktop has gone on with it.
        case redeemed
    }

    var ticketHash: ScanTicketHash
    var handleHash: HandleHash
    /// The how-manieth of its sign-in, from 1.
    var serial: Int
    var ticketSealed: [UInt8]
    var secretHash: ScanSecretHash
    var numbers: ScanNumbers
    /// The desktop, as its person will recognise it.
    var browser: BrowserDescription
    var address: String
    var state: State
    /// The session on the phone that approved.
    var sid: SessionID?
    var createdAt: Date
    var expiresAt: Date

    static let columns = """
        ticket_hash, handle_hash, serial, ticket_sealed, secret_hash, number, numbers, browser, system, address, state, \
        sid, created_at, expires_at
        """

    init(_ row: Row) throws(StorageError) {
        ticketHash = ScanTicketHash(rawValue: try row.text("ticket_hash"))
        handleHash = HandleHash(rawValue: try row.text("handle_hash"))
        serial = Int(try row.integer("serial"))
        ticketSealed = try row.blob("ticket_sealed")
        secretHash = ScanSecretHash(rawValue: try row.text("secret_hash"))
        guard let numbers = ScanNumbers(right: Int(try row.integer("number")), offered: try row.text("numbers")) else {
            throw .column("numbers")
        }
        self.numbers = numbers
        browser = BrowserDescription(
            name: .init(rawValue: try row.text("browser")) ?? .other,
            system: .init(rawValue: try row.text("system")) ?? .other)
        address = try row.text("address")
        guard let state = State(rawValue: try row.text("state")) else { throw .column("state") }
        self.state = state
        sid = try row.optionalText("sid").map { SessionID(rawValue: $0) }
        createdAt = try row.date("created_at")
        expiresAt = try row.date("expires_at")
    }

    /// True while a phone may still decide.
    func isOpen(at now: Date) -> Bool { state == .pending && now <= expiresAt }

    /// True for the browser that shows the code, by the secret that is not in the picture.
    func belongs(to secret: String?) -> Bool {
        secret.map { ScanSecretHash(of: $0).isEqual(to: secretHash) } ?? false
    }
}
