import Foundation
import Testing

@testable import IdP

@Suite("A user code is short, unambiguous and kept from being tried out")
struct UserCodeTests {
    @Test(
        "what is no code is refused",
        arguments: [
            "", "BCDF", "BCDF-GHJ", "BCDF-GHJKL", "ACDF-GHJK", "BCDF-GHJ1", "BCDF_GHJK", "BCDF-GHJÑ",
            "BCDF-GHJK\u{301}", "BCDF\u{0}GHJK", "😀BCDFGHJK", String(repeating: "-", count: 100) + "BCDFGHJK",
        ])
    func refused(_ typed: String) {
        #expect(UserCode(typed: typed) == nil)
    }

    @Test(
        "what a person may type for it is taken",
        arguments: [
            "BCDF-GHJK", "bcdfghjk", " bcdf ghjk ", "B-C-D-F-G-H-J-K", "BCDF–GHJK", "ＢＣＤＦ－ＧＨＪＫ", "ｂｃｄｆ　ｇｈｊｋ",
        ])
    func taken(_ typed: String) {
        #expect(UserCode(typed: typed)?.display == "BCDF-GHJK")
    }

    @Test("every letter is drawn, equally often, and nothing else")
    func drawn() {
        let chance = StoryChance(seed: 3)
        let surroundings = Surroundings(now: { .distantPast }, randomBytes: { chance.bytes($0) })
        var counts: [Character: Int] = [:]
        for _ in 0..<2000 {
            let display = UserCode(drawing: surroundings).display
            #expect(display.count == 9 && display.dropFirst(4).first == "-")
            for letter in display where letter != "-" { counts[letter, default: 0] += 1 }
        }
        #expect(Set(counts.keys) == Set("BCDFGHJKLMNPQRSTVWXZ"))
        // 800 expected of each; without the rejection the first sixteen letters would come 8 % more often.
        #expect(counts.values.allSatisfy { (680...920).contains($0) }, "\(counts)")
    }

    @Test("bytes that would favour a letter are not used")
    func unbiased() {
        let chance = StoryChance(seed: 3)
        let surroundings = Surroundings(
            now: { .distantPast },
            randomBytes: { count in chance.next() % 2 == 0 ? Array(repeating: 255, count: count) : [19] })
        #expect(UserCode(drawing: surroundings).display == "ZZZZ-ZZZZ")
    }

    @Test("its hash is keyed and belongs to one pool, and its text is not printed")
    func hashed() throws {
        let code = try #require(UserCode(typed: "BCDF-GHJK"))
        let pool = try #require(PoolID(rawValue: "other"))
        let (one, two) = (
            try Sealer(masterKey: Array(repeating: 1, count: 32)), try Sealer(masterKey: Array(repeating: 2, count: 32))
        )
        let hash = try code.hash(with: one, in: .default)
        #expect(try code.hash(with: one, in: .default) == hash)
        #expect(try code.hash(with: two, in: .default) != hash)
        #expect(try code.hash(with: one, in: pool) != hash)
        #expect(hash != UserCodeHash(of: "BCDFGHJK") && !"\(code)".contains("BCDF"))
    }
}
