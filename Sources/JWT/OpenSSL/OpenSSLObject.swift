internal import CSSL

/// Owns one OpenSSL object and frees it, once, when the last reference goes.
///
/// Sendable because the pointer never changes, and an object that several threads can reach (a key, an algorithm, a
/// context kept as a template) is only handed to functions that take it as const (openssl-threads(7)). A context that
/// works stays inside the function that made it.
@safe
final class OpenSSLObject: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let free: @Sendable (OpaquePointer) -> Void

    /// Takes over `pointer`; nil where OpenSSL gave none.
    init?(_ pointer: OpaquePointer?, free: @escaping @Sendable (OpaquePointer) -> Void) {
        guard let pointer = unsafe pointer else {
            ERR_clear_error()
            return nil
        }
        unsafe self.pointer = unsafe pointer
        unsafe self.free = unsafe free
    }

    deinit {
        unsafe free(pointer)
    }

    /// Lends the pointer for the duration of `body`; it must not be kept.
    @safe
    func withPointer<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        // Otherwise reading the property would be the last use of `self`, and `deinit` could run before `body` ends.
        withExtendedLifetime(self) { unsafe body(pointer) }
    }
}
