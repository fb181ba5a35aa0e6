/// The replaced systems: sessions of their contracts, and what they remember against replay.
enum CompatibilitySchema {
    static let statements: [String] = []
}
