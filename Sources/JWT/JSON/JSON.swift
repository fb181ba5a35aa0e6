/// A JSON value (RFC 8259), read strictly and written compactly.
public enum JSON: Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number written without fraction and exponent.
    case integer(Int64)
    /// Any other number; written as `null` when it is not finite, which JSON cannot say.
    case number(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([JSON])
    /// An object.
    case object(JSONObject)

    /// Reads one value that fills the whole of the bytes.
    ///
    /// Refused, each by its own ``JWTError``: bad grammar, a byte order mark included; invalid UTF-8; half surrogate
    /// pairs; members named twice; nesting beyond `maximumDepth` (at most 128); integers beyond 64 bits, numbers beyond
    /// a double; anything but white space behind the value.
    public static func parse(
        _ bytes: some Collection<UInt8>,
        maximumDepth: Int = 32
    ) throws(JWTError) -> JSON {
        var parser = JSONParser(bytes: Array(bytes), maximumDepth: maximumDepth)
        return try parser.parse()
    }

    /// The compact UTF-8 form; members keep their order.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes
    }

    /// ``encoded()`` as a string.
    public var text: String {
        String(decoding: encoded(), as: UTF8.self)
    }
}

extension JSON: Equatable {
    /// Whether both are the same value; strings by their code points, objects whatever the order of their members.
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.isIdentical(to: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}
