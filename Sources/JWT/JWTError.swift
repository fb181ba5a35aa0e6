/// Why bytes, a key, a token or its claims were refused; one case per refusal.
///
/// No case carries contents of a token or a key, so any of them may be logged.
public enum JWTError: Error, Equatable, Sendable {
    // Base64url (RFC 4648 section 5)
    /// A character outside the base64url alphabet, padding included, or an impossible length.
    case invalidBase64URL
    /// The unused bits of the last character are not zero, so the same bytes have another spelling.
    case nonCanonicalBase64URL

    // JSON (RFC 8259)
    /// The text breaks the JSON grammar at this byte offset.
    case invalidJSON(offset: Int)
    /// A string holds bytes that are not UTF-8.
    case invalidUTF8
    /// A `\u` escape names half of a surrogate pair.
    case loneSurrogate
    /// An object names the same member twice, compared after unescaping.
    case duplicateMember
    /// Something other than white space follows the value.
    case trailingBytes
    /// Arrays and objects are nested deeper than allowed.
    case tooDeep
    /// An integer beyond 64 bits, a number beyond a double, or a literal of absurd length.
    case numberOutOfRange

    // JWS (RFC 7515), in the light of RFC 8725
    /// The token is longer than ``JWS/maximumLength``.
    case tokenTooLarge
    /// A compact serialization has three parts; this one does not.
    case wrongNumberOfParts
    /// The third part is empty.
    case emptySignature
    /// The protected header is valid JSON but not an object.
    case headerNotAnObject
    /// A header member that we read has the wrong type.
    case invalidHeaderMember
    /// The header names no algorithm.
    case missingAlgorithm
    /// `alg` is `none`, in whatever case.
    case unsignedToken
    /// `alg` is an HMAC; every key here is a public key, which is no secret.
    case symmetricAlgorithm
    /// `alg` is not one that this library implements.
    case unsupportedAlgorithm
    /// `alg` is known, but is not the algorithm of the key.
    case algorithmMismatch
    /// The header brings or points to a key of its own: `jwk`, `jku`, `x5u` or `x5c`.
    case embeddedKey
    /// The header demands an extension by `crit`; none is implemented.
    case criticalHeader
    /// The header has `b64` (RFC 7797); payloads are always encoded here.
    case unencodedPayload
    /// The header has `zip`; compression belongs to encryption only (RFC 7516).
    case compressedPayload
    /// `typ` is absent or not the one expected (RFC 8725 section 3.11).
    case unexpectedType
    /// No key of the set has the token's `kid`.
    case unknownKeyID
    /// The token has no `kid`, and the set does not hold exactly one key.
    case missingKeyID
    /// The signature does not fit.
    case invalidSignature

    // Keys (RFC 7517, RFC 8017)
    /// Not a key of the expected kind, or its parts do not belong together.
    case invalidKey
    /// An RSA modulus of less than 2048 bits.
    case keyTooSmall
    /// An RSA modulus of more than 8192 bits.
    case keyTooLarge
    /// A public exponent that is even, less than 3 or longer than 64 bits.
    case invalidExponent
    /// Not a JWK set: not an object with an array `keys` of objects, or beyond its limits.
    case invalidKeySet
    /// A JWK of a usable kind whose members are missing or malformed.
    case invalidJWK
    /// A JWK with private parts, where only public keys belong.
    case privateKeyInSet
    /// A symmetric JWK (`oct`), where only public keys belong.
    case symmetricKeyInSet
    /// Two usable keys of a set share one `kid`.
    case duplicateKeyID

    // Claims (RFC 7519)
    /// The payload is valid JSON but not an object.
    case claimsNotAnObject
    /// A registered claim has the wrong type or an impossible date.
    case invalidClaim(RegisteredClaimName)
    /// There is no `exp`.
    case missingExpiry
    /// `exp` has passed.
    case expired
    /// `nbf` lies ahead.
    case notYetValid
    /// `iss` is absent or another.
    case wrongIssuer
    /// `aud` is absent or does not name us.
    case wrongAudience

    // Sealing and derivation
    /// A sealing key is 32 bytes.
    case invalidSealingKey
    /// The plaintext is longer than ``SealingKey/maximumPlaintextLength``.
    case plaintextTooLarge
    /// The sealed bytes were changed, cut, sealed by another key, or for another context.
    case unsealingFailed
    /// HKDF with SHA-256 gives 1 to 8160 bytes.
    case invalidDerivedLength

    /// OpenSSL failed for no fault of the input, such as a lack of memory.
    case cryptographyFailed
}
