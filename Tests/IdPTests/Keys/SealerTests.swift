import JWT
import Testing

@testable import IdP

/// What is encrypted opens with its own key, at its own place, unchanged.
@Suite struct SealerTests {
    private let key = [UInt8](0..<32)

    @Test("a sealed value can't be moved to another place")
    func moved() throws {
        let sealer = try Sealer(masterKey: key)
        let sealed = try sealer.seal("secret", context: "signing key default k1")
        for place in ["signing key shop k1", "signing key default k2", "", "signing key default k1 "] {
            #expect(throws: JWTError.self) { try sealer.open(sealed, context: place) }
        }
        #expect(try sealer.open(sealed, context: "signing key default k1") == "secret")
    }

    @Test("another key opens nothing")
    func otherKey() throws {
        let sealed = try Sealer(masterKey: key).seal("secret", context: "c")
        let other = try Sealer(masterKey: key.reversed())
        #expect(throws: JWTError.self) { try other.open(sealed, context: "c") }
    }

    @Test("a flipped bit, a cut or an addition anywhere is noticed")
    func changed() throws {
        let sealer = try Sealer(masterKey: key)
        let sealed = try sealer.seal("secret", context: "c")
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: JWTError.self) { try sealer.open(changed, context: "c") }
        }
        for count in 0..<sealed.count {
            #expect(throws: JWTError.self) { try sealer.open(Array(sealed.prefix(count)), context: "c") }
        }
        #expect(throws: JWTError.self) { try sealer.open(sealed + [0], context: "c") }
    }

    @Test("the same text is sealed differently each time, and never readable")
    func fresh() throws {
        let sealer = try Sealer(masterKey: key)
        let all = try (0..<50).map { _ in try sealer.seal("a very secret text", context: "c") }
        #expect(Set(all).count == 50)
        #expect(all.allSatisfy { !$0.contains(Array("secret".utf8)) })
    }

    @Test("the fingerprint tells keys apart and is neither key nor part of it")
    func fingerprint() throws {
        let sealer = try Sealer(masterKey: key)
        #expect(try Sealer(masterKey: key).fingerprint == sealer.fingerprint)
        #expect(try Sealer(masterKey: key.reversed()).fingerprint != sealer.fingerprint)
        #expect(!Base64URL.encode(key).contains(sealer.fingerprint))
    }

    @Test("a sealer shows nothing of its key")
    func redacted() throws {
        let sealer = try Sealer(masterKey: key)
        var text = "\(sealer) \(String(reflecting: sealer)) "
        dump(sealer, to: &text)
        let derived = try HKDF.deriveSHA256(key: key, salt: [], info: Array("wxidp sealing".utf8), count: 32)
        for secret in [Base64URL.encode(key), "\(key)", "\(derived)", Base64URL.encode(derived)] {
            #expect(!text.contains(secret))
        }
        #expect(text.contains("redacted"))
    }
}
