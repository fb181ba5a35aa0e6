/// What happened to identities: links, merges, and what is needed to undo them.
enum IdentitySchema {
    static let statements: [String] = []
}
