import Foundation
import JWT
import Synchronization
import Testing

@testable import IdP

/// The file that everything sealed depends on.
@Suite struct MasterKeyTests {
    @Test(
        "what is no key is refused, with what to do",
        arguments: [
            "", "\n", "short", String(repeating: "A", count: 42), String(repeating: "A", count: 44),
            String(repeating: "!", count: 43), String(repeating: "A", count: 42) + "B",
            String(repeating: "A", count: 43) + "=", "-----BEGIN PRIVATE KEY-----",
        ])
    func malformed(_ text: String) async throws {
        try await TemporaryFolder.with { folder in
            try folder.write(text, to: "master.key")
            let error = #expect(throws: MasterKey.Failure.self) {
                try MasterKey.load(path: folder.path("master.key"), mayCreate: true, surroundings: .system)
            }
            #expect(error?.description.contains("master.key") == true)
            #expect(error?.description.contains("restore") == true)
            // A file that is there is never written over.
            #expect(folder.bytes("master.key") == Array(text.utf8))
        }
    }

    @Test("a missing key of a database that has one is not replaced")
    func missing() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.path("master.key")
            let error = #expect(throws: MasterKey.Failure.self) {
                try MasterKey.load(path: path, mayCreate: false, surroundings: .system)
            }
            #expect(error?.description.contains(path) == true)
            #expect(error?.description.contains("restore") == true)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("a folder that is not there, or in the key's place, is named", arguments: ["no/master.key", "folder"])
    func noPlace(_ name: String) async throws {
        try await TemporaryFolder.with { folder in
            try FileManager.default.createDirectory(atPath: folder.path("folder"), withIntermediateDirectories: true)
            let error = #expect(throws: MasterKey.Failure.self) {
                try MasterKey.load(path: folder.path(name), mayCreate: true, surroundings: .system)
            }
            #expect(error?.description.contains(folder.path(name)) == true)
        }
    }

    @Test("another database's key is refused, and the database stays as it is")
    func other() async throws {
        try await TemporaryFolder.with { folder in
            let database = try await SQLiteDatabase(path: folder.path("wxidp.sqlite"))
            let right = try Sealer(masterKey: [UInt8](repeating: 1, count: 32))
            let wrong = try Sealer(masterKey: [UInt8](repeating: 2, count: 32))
            try await MasterKey.check(right, path: "master.key", against: database)
            let error = await #expect(throws: MasterKey.Failure.self) {
                try await MasterKey.check(wrong, path: "/etc/wxidp/master.key", against: database)
            }
            #expect(error?.description.contains("/etc/wxidp/master.key") == true)
            #expect(error?.description.contains("restore") == true)
            try await MasterKey.check(right, path: "master.key", against: database)
        }
    }

    @Test("a key is made once, for its owner's eyes only, and used again")
    func make() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder.path("master.key")
            let first = try MasterKey.load(path: path, mayCreate: true, surroundings: .system)
            #expect(first.count == 32)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(String(decoding: folder.bytes("master.key"), as: UTF8.self) == Base64URL.encode(first) + "\n")
            for mayCreate in [true, false] {
                #expect(try MasterKey.load(path: path, mayCreate: mayCreate, surroundings: .system) == first)
            }
        }
    }

    @Test("blanks around the key do no harm")
    func blanks() async throws {
        try await TemporaryFolder.with { folder in
            let key = [UInt8](repeating: 9, count: 32)
            try folder.write("\n  \(Base64URL.encode(key))\r\n\n", to: "master.key")
            #expect(
                try MasterKey.load(path: folder.path("master.key"), mayCreate: false, surroundings: .system) == key)
        }
    }

    @Test("of many who start at once, all get the one key")
    func atOnce() async throws {
        try await TemporaryFolder.with { folder in
            for round in 0..<200 {
                let keys = Mutex<Set<[UInt8]>>([])
                let failures = Mutex<[String]>([])
                DispatchQueue.concurrentPerform(iterations: 4) { _ in
                    do {
                        let key = try MasterKey.load(
                            path: folder.path("\(round).key"), mayCreate: true, surroundings: .system)
                        keys.withLock { _ = $0.insert(key) }
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
                #expect(keys.withLock(\.count) == 1, "round \(round)")
                #expect(failures.withLock { $0 } == [], "round \(round)")
            }
        }
    }
}
