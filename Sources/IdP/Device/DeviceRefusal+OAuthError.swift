extension OAuthError {
    /// What a device is told.
    ///
    /// RFC 8628 section 3.5.
    init(_ refusal: DeviceRefusal) {
        switch refusal {
        case .pending: self.init(.authorizationPending, "nobody has decided yet; ask again later")
        case .tooFast: self.init(.slowDown, "wait 5 seconds longer than before between two requests")
        case .denied: self.init(.accessDenied, "the user refused")
        case .expired: self.init(.expiredToken, "the device code has expired; get a new one")
        case .notRedeemable:
            self.init(.invalidGrant, "the device code is unknown, used, or was given to another client")
        }
    }
}
