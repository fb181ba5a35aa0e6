import Foundation
import JWT

/// Encrypts what must be stored and read again, with keys derived from the master key.
struct Sealer: Sendable {
    private let key: SealingKey
    private let masterKey: Secret
    /// Tells, without giving anything away, whether a database was sealed with this master key.
    let fingerprint: String

    init(masterKey: [UInt8]) throws(JWTError) {
        self.masterKey = Secret(Base64URL.encode(masterKey))
        key = try SealingKey(
            HKDF.deriveSHA256(key: masterKey, salt: [], info: Array("wxidp sealing".utf8), count: 32))
        fingerprint = Base64URL.encode(
            try HKDF.deriveSHA256(key: masterKey, salt: [], info: Array("wxidp fingerprint".utf8), count: 16))
    }

    /// A key of its own for a purpose.
    func derivedKey(_ purpose: String) throws(JWTError) -> [UInt8] {
        try HKDF.deriveSHA256(
            key: Array(masterKey.exposeSecret().utf8), salt: [], info: Array("wxidp \(purpose)".utf8), count: 32)
    }

    /// Encrypts; `context` names the place, so that a value can't be moved to another.
    func seal(_ text: String, context: String) throws(JWTError) -> [UInt8] {
        try key.seal(Array(text.utf8), context: context)
    }

    /// Decrypts what ``seal(_:context:)`` made for the same place.
    func open(_ sealed: [UInt8], context: String) throws(JWTError) -> String {
        String(decoding: try key.open(sealed, context: context), as: UTF8.self)
    }
}

/// The key in `master_key_file`.
enum MasterKey {
    /// Why the provider can't use the master key.
    enum Failure: Error, CustomStringConvertible {
        case unreadable(path: String)
        case malformed(path: String)
        case cannotCreate(path: String)
        case missing(path: String)
        case other(path: String)

        var description: String {
            switch self {
            case .unreadable(let path): "\(path) cannot be read; give this user the right to read it"
            case .malformed(let path):
                "\(path) is not a master key (43 characters of base64url); restore the right file"
            case .cannotCreate(let path):
                "\(path) cannot be created; create its folder or choose another master_key_file"
            case .missing(let path):
                "\(path) is missing, but the database was sealed with a master key; restore that file (a new key can't read the old data)"
            case .other(let path): "\(path) is not the key this database was sealed with; restore the right file"
            }
        }
    }

    /// Reads the key, or makes one with mode 0600 when the file is missing and `mayCreate` allows.
    static func load(path: String, mayCreate: Bool, surroundings: Surroundings) throws -> [UInt8] {
        if FileManager.default.fileExists(atPath: path) {
            guard let data = FileManager.default.contents(atPath: path) else { throw Failure.unreadable(path: path) }
            let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard let key = try? Base64URL.decode(text), key.count == 32 else { throw Failure.malformed(path: path) }
            return key
        }
        guard mayCreate else { throw Failure.missing(path: path) }
        let key = surroundings.randomBytes(32)
        // Written aside and then linked: of two processes that start at once, one makes the key, and the other never
        // sees half of it.
        let draft = "\(path).\(surroundings.randomBytes(8).hex)"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw Failure.cannotCreate(path: path) }
        defer { unlink(draft) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data((Base64URL.encode(key) + "\n").utf8))
        try file.synchronize()
        guard link(draft, path) == 0 else {
            guard errno == EEXIST else { throw Failure.cannotCreate(path: path) }
            return try load(path: path, mayCreate: false, surroundings: surroundings)
        }
        return key
    }

    /// True when other users of the machine may read the file.
    static func isReadableByOthers(path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }

    /// Makes sure that `sealer` fits the database, and marks a new database with it.
    static func check(_ sealer: Sealer, path: String, against database: any Database) async throws {
        let stored = try await database.transaction { transaction in
            try transaction.query(
                "INSERT INTO master_key (only, fingerprint) VALUES (1, $1) ON CONFLICT (only) DO NOTHING",
                [.text(sealer.fingerprint)])
            return try transaction.query("SELECT fingerprint FROM master_key", []).first?.text("fingerprint")
        }
        guard stored == sealer.fingerprint else { throw Failure.other(path: path) }
    }
}
