/// SubjectPublicKeyInfo in DER of the kinds that need one form only: a fixed prefix, then the bytes of the key.
///
/// Whatever OpenSSL read is written again and must have this form. That rules out other curves, curves spelled out by
/// their parameters (RFC 5480 section 2.1.1) and compressed points.
enum FixedLengthKeyInfo {
    /// P-256 with an uncompressed point, its x and y of 32 bytes each (RFC 5480).
    case p256
    /// Ed25519, 32 bytes (RFC 8410).
    case ed25519

    private var prefix: [UInt8] {
        switch self {
        case .p256:
            [
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
                0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
            ]
        case .ed25519:
            [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        }
    }

    private var length: Int {
        switch self {
        case .p256: 64
        case .ed25519: 32
        }
    }

    private var kind: KeyCoding.Kind {
        switch self {
        case .p256: .ellipticCurve
        case .ed25519: .ed25519
        }
    }

    /// The key of these bytes; nil for another length, and for a point that is not on P-256.
    func key(_ bytes: [UInt8]) -> OpenSSLObject? {
        guard bytes.count == length else { return nil }
        return KeyCoding.decode(prefix + bytes, as: .der, .publicKey, kind)
    }

    /// The bytes of a key; nil when it has another form.
    func bytes(of key: OpenSSLObject) -> [UInt8]? {
        guard let info = KeyCoding.encode(key, as: .der, .publicKey), info.starts(with: prefix),
            info.count == prefix.count + length
        else { return nil }
        return Array(info.suffix(length))
    }
}
