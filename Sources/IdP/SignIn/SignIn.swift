import Foundation
import WeChat

/// The cookie that ties a pending sign-in to the browser that began it.
enum BrowserBinding {
    /// A binding lives as long as the sign-in it belongs to.
    static let lifetime = SignIn.lifetime
}

/// A sign-in under way: the request, the browser it is bound to, and how far it has come.
struct SignIn: Sendable {
    /// Ten minutes from the application's request to its answer.
    static let lifetime: Duration = .seconds(600)
    /// A cookie that was lost once may be lost by chance; twice means that this browser keeps none.
    static let allowedRestarts = 1

    /// What the silent round has shown.
    enum Stage: String, Sendable {
        /// Nobody was asked yet.
        case start
        /// WeChat named somebody who has no account here.
        case unknownPerson = "unknown_person"
    }

    var handleHash: HandleHash
    var bindingHash: BindingHash
    var request: SignInRequest
    var restarts: Int
    var stage: Stage
    /// The person chose to go on outside WeChat; only the simulator makes that useful.
    var insisted: Bool
    /// The person pressed "allow" on our own page.
    var confirmed: Bool
    /// The session that this sign-in established or confirmed.
    var sid: SessionID?
    var answerSealed: [UInt8]?
    /// The code that was handed out, when the answer was one.
    var codeHash: CodeHash?
    var answeredAt: Date?

    init(_ row: Row) throws {
        handleHash = HandleHash(rawValue: try row.text("handle_hash"))
        bindingHash = BindingHash(rawValue: try row.text("binding_hash"))
        request = try JSONDecoder().decode(SignInRequest.self, from: Data(try row.text("request").utf8))
        restarts = Int(try row.integer("restarts"))
        guard let stage = Stage(rawValue: try row.text("stage")) else { throw StorageError.column("stage") }
        self.stage = stage
        insisted = try row.bool("insisted")
        confirmed = try row.bool("confirmed")
        sid = try row.optionalText("sid").map { SessionID(rawValue: $0) }
        answerSealed = try row.optionalBlob("answer_sealed")
        codeHash = try row.optionalText("code_hash").map { CodeHash(rawValue: $0) }
        answeredAt = try row.optionalDate("answered_at")
    }

    static let columns =
        "handle_hash, binding_hash, request, restarts, stage, insisted, confirmed, sid, answer_sealed, code_hash, answered_at"
}

/// One trip to WeChat and back, known by its `state`.
struct WeChatRound: Sendable {
    /// Why the person was sent to WeChat.
    enum Purpose: String, Sendable {
        /// `snsapi_base`: who is it, with nothing shown.
        case silent
        /// `snsapi_userinfo` after a tap: somebody new.
        case newPerson = "new_person"
        /// `snsapi_userinfo` after a tap: a known person's name and picture.
        case profile
        /// After a tap, with `forcePopup=true`: the application wants a new sign-in.
        case reauthentication
        /// WeChat's own QR code, in the whole window.
        case website
        /// The same in a frame of our page; what comes back there is taken to the whole window first.
        case websiteFrame = "website_frame"

        /// True for a website app, where the person has always confirmed on the phone.
        var isWebsite: Bool { self == .website || self == .websiteFrame }
    }

    var stateHash: StateHash
    /// The handle of the sign-in, sealed: our own pages link to it.
    var handleSealed: [UInt8]
    var handleHash: HandleHash
    var connection: ConnectionID
    var purpose: Purpose
    var claimedAt: Date?
    var finishedAt: Date?
    /// The code that a snapshot page came with.
    var snapshotCode: WeChatCodeHash?

    init(_ row: Row) throws(StorageError) {
        stateHash = StateHash(rawValue: try row.text("state_hash"))
        handleSealed = try row.blob("handle_sealed")
        handleHash = HandleHash(rawValue: try row.text("handle_hash"))
        guard let connection = ConnectionID(rawValue: try row.text("connection")) else { throw .column("connection") }
        self.connection = connection
        guard let purpose = Purpose(rawValue: try row.text("purpose")) else { throw .column("purpose") }
        self.purpose = purpose
        claimedAt = try row.optionalDate("claimed_at")
        finishedAt = try row.optionalDate("finished_at")
        snapshotCode = try row.optionalText("snapshot_code_hash").map { WeChatCodeHash(rawValue: $0) }
    }
}
