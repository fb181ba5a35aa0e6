import Foundation
import Testing

@testable import IdP

/// What goes into a database and comes out again: arguments, texts, bytes, numbers, nothing.
@Suite struct StoredValueTests {
    @Test("arguments are bound by their number", arguments: StorageBackend.available)
    func numbers(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let row = try #require(
                try await database.query(
                    "SELECT $2 AS second, $1 AS first, $2 AS again, $10 AS tenth",
                    (1...10).map { .text("argument \($0)") }
                ).first)
            #expect(try row.text("first") == "argument 1")
            #expect(try row.text("second") == "argument 2")
            #expect(try row.text("again") == "argument 2")
            #expect(try row.text("tenth") == "argument 10")
        }
    }

    @Test("a missing argument is an error", arguments: StorageBackend.available)
    func missingArgument(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            await #expect(throws: StorageError.self) {
                try await database.query("SELECT $1 AS a, $2 AS b", [.integer(1)])
            }
        }
    }

    @Test("values come back as they went in", arguments: StorageBackend.available)
    func values(_ backend: StorageBackend) async throws {
        let texts = [
            "", "微信用户", "👩‍👩‍👧‍👦🏳️‍🌈", "e\u{301}", "\u{e9}", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L", "' OR 1=1 --", "\u{FEFF}x\u{200D}", "a\r\n\tb",
            "\u{1}\u{7F}",
            String(repeating: "长", count: 70_000),
        ]
        let blobs: [[UInt8]] = [[], [0], Array(0...255), [UInt8](repeating: 0, count: 100_000)]
        try await backend.withDatabase { database in
            try await database.makeNotes()
            for (index, text) in texts.enumerated() {
                try await database.run(
                    "INSERT INTO notes (id, body) VALUES ($1, $2)", [.integer(Int64(index)), .text(text)])
            }
            for (index, bytes) in blobs.enumerated() {
                try await database.run(
                    "INSERT INTO notes (id, bytes) VALUES ($1, $2)", [.integer(Int64(100 + index)), .blob(bytes)])
            }
            let rows = try await database.query("SELECT id, body, bytes FROM notes ORDER BY id", [])
            for (row, text) in zip(rows, texts) {
                // Byte for byte: Swift's own comparison calls differently composed texts equal.
                #expect(Array(try row.text("body").utf8) == Array(text.utf8))
                #expect(try row.optionalBlob("bytes") == nil)
            }
            for (row, bytes) in zip(rows.dropFirst(texts.count), blobs) {
                #expect(try row.blob("bytes") == bytes)
            }
            for number in [Int64.min, -1, 0, 1, .max] {
                let row = try await database.query("SELECT CAST($1 AS BIGINT) AS n", [.integer(number)]).first
                #expect(try row?.integer("n") == number)
            }
        }
    }

    @Test("U+0000 is refused in every place, and only there", arguments: StorageBackend.available)
    func nul(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            try await database.makeNotes()
            for text in ["\u{0}", "a\u{0}", "\u{0}a", "a\u{0}b", "中\u{0}"] {
                let read = await #expect(throws: StorageError.self) {
                    try await database.query("SELECT 1 AS one WHERE $1 = ''", [.text(text)])
                }
                guard case .nulCharacter = read else {
                    Issue.record("\(String(describing: read))")
                    continue
                }
                await #expect(throws: StorageError.self) {
                    try await database.run("INSERT INTO notes (id, body) VALUES (1, $1)", [.text(text)])
                }
            }
            #expect(try await database.count("notes") == 0)
        }
    }

    @Test("NULL is nil, and reading it as a value is an error", arguments: StorageBackend.available)
    func null(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            try await database.makeNotes()
            try await database.run(
                "INSERT INTO notes (id, body, bytes) VALUES (1, $1, $2)", [.text(String?.none), .null])
            let row = try #require(
                try await database.query("SELECT id, body, bytes FROM notes WHERE body IS NULL", []).first)
            #expect(try row.optionalText("body") == nil)
            #expect(try row.optionalBlob("bytes") == nil)
            #expect(try row.optionalInteger("body") == nil)
            #expect(throws: StorageError.self) { try row.text("body") }
            #expect(throws: StorageError.self) { try row.blob("bytes") }
            #expect(throws: StorageError.self) { try row.text("id") }
            #expect(throws: StorageError.self) { try row.integer("no such column") }
            #expect(throws: StorageError.self) { try row.optionalText("no such column") }
        }
    }

    @Test("times and truths are numbers", arguments: StorageBackend.available)
    func times(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            let now = Date(timeIntervalSince1970: 1_700_000_000.75)
            let row = try #require(
                try await database.query(
                    "SELECT CAST($1 AS BIGINT) AS t, CAST($2 AS BIGINT) AS yes, CAST($3 AS BIGINT) AS no",
                    [.date(now), .bool(true), .bool(false)]
                ).first)
            #expect(try row.integer("t") == 1_700_000_000)
            #expect(try row.date("t") == Date(timeIntervalSince1970: 1_700_000_000))
            #expect(try row.bool("yes"))
            #expect(try !row.bool("no"))
        }
    }

    @Test("a broken number is an error, not a guess", arguments: StorageBackend.available)
    func fraction(_ backend: StorageBackend) async throws {
        try await backend.withDatabase { database in
            for number in ["1.5", "1e300", "-1e300", "9223372036854775808.0"] {
                await #expect(throws: StorageError.self) {
                    try await database.query("SELECT \(number) AS x", []).first?.integer("x")
                }
            }
        }
    }
}
