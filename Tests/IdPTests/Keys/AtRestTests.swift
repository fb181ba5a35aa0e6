import Foundation
import JWT
import Testing

@testable import IdP

/// What somebody finds who gets hold of the database's files.
@Suite struct AtRestTests {
    @Test("no key, token, cookie, state or code stands in the files, in any spelling")
    func rawScan() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            let fixture = StoredRows(database: database)
            var secrets = try await fixture.insertEverything()
            #expect(secrets.count == 7)
            let sealer = try fixture.sealer()
            let ring = try await KeyRing.load(
                [KeyPolicy(pool: .default)], database: database, sealer: sealer, surroundings: .system)
            try await MasterKey.check(sealer, path: "master.key", against: database)
            let masterKey = [UInt8](repeating: 7, count: 32)
            secrets.append(Base64URL.encode(masterKey))

            let bytes = folder.bytes("wxidp.sqlite") + folder.bytes("wxidp.sqlite-wal")
            // The scan sees what is there.
            #expect(find("小明", in: bytes))
            #expect(find(try ring[.default].signing.kid.rawValue, in: bytes))
            #expect(find(CodeHash(of: StoredRows.code).rawValue, in: bytes))
            for secret in secrets {
                #expect(!find(secret, in: bytes), "\(secret) stands in the file")
                #expect(!find(Data(secret.utf8).base64EncodedString().prefix(40), in: bytes))
                #expect(!find(Array(secret.utf8).hex, in: bytes))
            }
            for mark in ["PRIVATE KEY", "BEGIN ", "MIIE", "MIIB"] {
                #expect(!find(mark, in: bytes), "\(mark) stands in the file")
            }
            #expect(bytes.firstRange(of: masterKey) == nil)
        }
    }

    @Test("codes, tokens and cookies are kept as their hashes")
    func hashes() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            try await StoredRows(database: database).insertEverything()
            let columns = [
                ("sessions", "secret_hash"), ("authorization_codes", "code_hash"), ("refresh_tokens", "token_hash"),
                ("sign_ins", "handle_hash"), ("sign_ins", "binding_hash"), ("wechat_rounds", "state_hash"),
            ]
            for (table, column) in columns {
                for row in try await database.query("SELECT \(column) AS h FROM \(table)", []) {
                    let decoded = try Base64URL.decode(try row.text("h"))
                    #expect(decoded.count == 32, "\(table).\(column)")
                }
            }
        }
    }

    private func find(_ text: some StringProtocol, in bytes: [UInt8]) -> Bool {
        bytes.firstRange(of: Array(text.utf8)) != nil
    }
}
