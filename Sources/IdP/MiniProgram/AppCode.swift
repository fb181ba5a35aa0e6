import WeChat

extension AuthorizationCode {
    /// Whether WeChat may have made it: 1 to 512 letters, digits, `-` and `_` of ASCII.
    ///
    /// Nothing else is sent to WeChat, whoever brings it.
    var isWellFormed: Bool {
        let bytes = exposeSecret().utf8
        return (1...512).contains(bytes.count)
            && bytes.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    /// Refuses a code that WeChat never made in WeChat's own words, so that every door has its shape for it.
    ///
    /// - Throws: 40029, without WeChat having been asked.
    func requireWellFormed(for call: WeChatCall) throws(AppSignInFailure) {
        guard isWellFormed else {
            throw .weChat(.api(APIError(call: call, code: .invalidCode, message: "invalid code")))
        }
    }
}
