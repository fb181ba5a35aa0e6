#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension RegisteredClaims {
    /// Checks issuer, audience and dates (RFC 7519 section 4.1); `iat` and other claims are the caller's.
    ///
    /// `leeway` allows for clocks that differ; a negative one counts as zero. A token has ended at the second of `exp`.
    ///
    /// Throws, in this order, ``JWTError/wrongIssuer``, ``JWTError/wrongAudience``, ``JWTError/missingExpiry``,
    /// ``JWTError/expired``, ``JWTError/notYetValid``; ``JWTError/invalidClaim(_:)`` for a date that was set to another
    /// kind of value.
    public func validate(
        issuer: String,
        audience: String,
        at now: Date,
        leeway: Duration = .zero
    ) throws(JWTError) {
        guard let own = self.issuer, own.isIdentical(to: issuer) else { throw .wrongIssuer }
        guard self.audience.contains(where: { $0.isIdentical(to: audience) }) else { throw .wrongAudience }
        let leeway = max(0, leeway / .seconds(1))
        guard let end = try date(.expiresAt) else { throw .missingExpiry }
        guard now.timeIntervalSince(end) < leeway else { throw .expired }
        guard let start = try date(.notBefore) else { return }
        guard start.timeIntervalSince(now) <= leeway else { throw .notYetValid }
    }

    /// A date that is absent is nil; one that is there but unreadable must not pass for absent.
    private func date(_ name: RegisteredClaimName) throws(JWTError) -> Date? {
        guard let value = self[name] else { return nil }
        guard let date = NumericDate.date(value) else { throw .invalidClaim(name) }
        return date
    }
}
