extension String {
    /// Whether both hold the same bytes.
    ///
    /// `==` of Swift calls canonically equivalent strings equal, such as U+212A KELVIN SIGN and K. Names, issuers and
    /// key identifiers are compared code point by code point (RFC 8259 section 8.3, RFC 7519 section 2).
    func isIdentical(to other: String) -> Bool {
        utf8.count == other.utf8.count && utf8.elementsEqual(other.utf8)
    }
}
