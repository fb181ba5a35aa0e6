/// Comparison that does not tell by its time where two secrets differ.
public enum ConstantTime {
    /// Whether both hold the same bytes; only their lengths show in the time it takes.
    public static func equals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        OpenSSLPrimitives.equals(left, right)
    }
}
