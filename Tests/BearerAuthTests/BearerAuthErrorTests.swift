import BearerAuth
import Testing

@Suite struct BearerAuthErrorTests {
    @Test func aMissingTokenIsNotAnInvalidOne() {
        #expect(BearerAuthError.missingToken != .invalidToken)
    }
}
