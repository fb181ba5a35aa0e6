import Testing

/// One module of the OpenID Foundation's conformance suite, as a test of the running provider.
struct Module: Sendable, CustomTestStringConvertible {
    /// The suite's own name of it.
    let name: String
    /// Why it can't apply here; its check then shows that the reason holds.
    let skipped: String?
    let check: @Sendable (ConformanceRun) async throws -> Void

    init(
        _ name: String, skipped: String? = nil, _ check: @escaping @Sendable (ConformanceRun) async throws -> Void
    ) {
        (self.name, self.skipped, self.check) = (name, skipped, check)
    }

    var testDescription: String { name + (skipped.map { " (does not apply: \($0))" } ?? "") }
}

/// The modules of every certification profile that the provider takes on, in the order of the suite's lists.
extension Module {
    private static let noRequestObjects = "request objects are neither advertised nor taken"

    /// `oidcc-basic-certification-test-plan`, and with `response_mode=form_post`
    /// `oidcc-formpost-basic-certification-test-plan`.
    static let basic = [
        Module("oidcc-server") { try await $0.server() },
        Module("oidcc-response-type-missing") { try await $0.responseTypeMissing() },
        Module("oidcc-idtoken-signature") { try await $0.idTokenSignature() },
        Module("oidcc-idtoken-unsigned", skipped: "alg none is neither advertised nor used") {
            try await $0.idTokenUnsigned()
        },
        Module("oidcc-userinfo-get") { try await $0.userInfoGet() },
        Module("oidcc-userinfo-post-header") { try await $0.userInfoPostHeader() },
        Module("oidcc-userinfo-post-body") { try await $0.userInfoPostBody() },
        Module("oidcc-ensure-request-without-nonce-succeeds-for-code-flow") { try await $0.withoutNonce() },
        Module("oidcc-scope-profile") { try await $0.scope("profile") },
        Module("oidcc-scope-email") { try await $0.scope("email") },
        Module("oidcc-scope-address") { try await $0.scope("address") },
        Module("oidcc-scope-phone") { try await $0.scope("phone") },
        Module("oidcc-scope-all") { try await $0.scope("profile email address phone") },
        Module("oidcc-alternate-happy-flow") { try await $0.alternateHappyFlow() },
        Module("oidcc-display-page") { try await $0.succeeds(with: ["display": "page"]) },
        Module("oidcc-display-popup") { try await $0.succeeds(with: ["display": "popup"]) },
        Module("oidcc-prompt-login") { try await $0.promptLogin() },
        Module("oidcc-prompt-none-not-logged-in") { try await $0.promptNoneNotLoggedIn() },
        Module("oidcc-prompt-none-logged-in") { try await $0.promptNoneLoggedIn() },
        Module("oidcc-max-age-1") { try await $0.maxAge1() },
        Module("oidcc-max-age-10000") { try await $0.maxAge10000() },
        Module("oidcc-ensure-request-with-unknown-parameter-succeeds") {
            try await $0.succeeds(with: ["extra": "foobar"])
        },
        Module("oidcc-id-token-hint") { try await $0.idTokenHint() },
        Module("oidcc-login-hint") { try await $0.succeeds(with: ["login_hint": "alice@example.com"]) },
        Module("oidcc-ui-locales") { try await $0.uiLocales() },
        Module("oidcc-claims-locales") { try await $0.succeeds(with: ["claims_locales": "se"]) },
        Module("oidcc-ensure-request-with-acr-values-succeeds") { try await $0.acrValues() },
        Module("oidcc-codereuse") { try await $0.codeReuse(after: 0) },
        Module("oidcc-codereuse-30seconds") { try await $0.codeReuse(after: 30) },
        Module("oidcc-ensure-registered-redirect-uri") { try await $0.registeredRedirectURI() },
        Module("oidcc-ensure-post-request-succeeds") { try await $0.postRequest() },
        Module("oidcc-server-client-secret-post") { try await $0.server([.post]) },
        Module("oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported") {
            try await $0.rejects("request_uri", as: "request_uri_not_supported")
        },
        Module("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported") {
            try await $0.rejects("request", as: "request_not_supported")
        },
        Module("oidcc-claims-essential") { try await $0.claimsEssential() },
        Module("oidcc-ensure-request-object-with-redirect-uri", skipped: noRequestObjects) {
            try await $0.requestObjectWithRedirectURI()
        },
        Module("oidcc-refresh-token") { try await $0.refreshToken() },
        Module("oidcc-ensure-request-with-valid-pkce-succeeds") { try await $0.validPKCE() },
    ]

    /// `oidcc-config-certification-test-plan`.
    static let config = [
        Module("oidcc-discovery-endpoint-verification") { try await $0.discovery() }
    ]

    /// `oidcc-rp-initiated-logout-certification-test-plan`.
    static let rpInitiatedLogout = [
        Module("oidcc-rp-initiated-logout-discovery-endpoint-verification") { try await $0.logoutDiscovery() },
        Module("oidcc-rp-initiated-logout") { try await $0.logout() },
        Module("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri") {
            try await $0.logoutStaysHere(["post_logout_redirect_uri": "https://one.conformance.example/elsewhere"])
        },
        Module("oidcc-rp-initiated-logout-modified-id-token-hint") { try await $0.logoutWithModifiedHint() },
        Module("oidcc-rp-initiated-logout-bad-id-token-hint") { try await $0.logoutWithForeignHint() },
        Module("oidcc-rp-initiated-logout-no-id-token-hint") {
            try await $0.logoutStaysHere(["id_token_hint": nil], isSignedOut: nil)
        },
        Module("oidcc-rp-initiated-logout-no-params") {
            try await $0.logoutStaysHere(
                ["id_token_hint": nil, "post_logout_redirect_uri": nil, "state": nil], isSignedOut: true)
        },
        Module("oidcc-rp-initiated-logout-no-post-logout-redirect-uri") {
            try await $0.logoutStaysHere(["post_logout_redirect_uri": nil], isSignedOut: true)
        },
        Module("oidcc-rp-initiated-logout-no-state") { try await $0.logout(state: nil) },
        Module("oidcc-rp-initiated-logout-only-state") {
            try await $0.logoutStaysHere(["id_token_hint": nil, "post_logout_redirect_uri": nil], isSignedOut: true)
        },
        Module("oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri") {
            try await $0.logoutStaysHere(["post_logout_redirect_uri": "https://one.conformance.example/bye?foo=bar"])
        },
    ]

    /// `oidcc-backchannel-rp-initiated-logout-certification-test-plan`.
    static let backChannel = [
        Module("oidcc-backchannel-logout-discovery-endpoint-verification") {
            try await $0.backChannelDiscovery()
        },
        Module("oidcc-backchannel-rp-initiated-logout") { try await $0.backChannelLogout() },
    ]

    /// Every list by the name of its plan.
    static let plans: [(name: String, modules: [Module])] = [
        ("oidcc-basic-certification-test-plan", basic),
        ("oidcc-config-certification-test-plan", config),
        ("oidcc-formpost-basic-certification-test-plan", basic),
        ("oidcc-rp-initiated-logout-certification-test-plan", rpInitiatedLogout),
        ("oidcc-backchannel-rp-initiated-logout-certification-test-plan", backChannel),
    ]
}
