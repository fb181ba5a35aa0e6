import JWT

/// The `sub` that an application sees.
///
/// OpenID Connect Core section 8. A pairwise one is an HMAC of the sector and the user's own identifier under a key of
/// the pool's, so that applications of different sectors can't compare notes, and nothing needs to be stored.
struct SubjectIdentifiers: Sendable {
    let sealer: Sealer

    func subject(of user: UserID, for application: Application, in pool: PoolID) throws -> String {
        guard application.subjectType == .pairwise else { return user.rawValue }
        let key = try sealer.derivedKey("pairwise subject \(pool)")
        return HMACSHA256.authenticate("\(application.sector)\n\(user.rawValue)".utf8, key: key).prefix(16).hex
    }
}
