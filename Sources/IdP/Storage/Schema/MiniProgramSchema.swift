/// Mini programs: sessions of people, and what their contracts remember.
enum MiniProgramSchema {
    static let statements: [String] = []
}
