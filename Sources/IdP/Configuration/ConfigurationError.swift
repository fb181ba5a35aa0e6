/// Why a configuration was refused: every problem found, each with its place and its remedy.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    /// One thing that is wrong.
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// The file, or `environment` for a variable.
        public var source: String
        /// The line in the file, counted from 1; absent for the environment.
        public var line: Int?
        /// The key, with its path: `pools[0].connections[1].app_id`.
        public var key: String
        /// What is wrong.
        public var message: String
        /// What to do about it.
        public var remedy: String

        /// `file:line: key: message; remedy`.
        public var description: String {
            let place = line.map { "\(source):\($0)" } ?? source
            return "\(place): \(key): \(message); \(remedy)"
        }
    }

    /// All problems, in the order of the file.
    public var problems: [Problem]

    /// One problem a line.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
