/// Scan sign-in: the tickets that a desktop shows and a phone confirms.
enum ScanSchema {
    static let statements: [String] = []
}
