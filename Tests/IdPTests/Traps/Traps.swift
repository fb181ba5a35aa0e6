/// What users of other products ran into with WeChat, each row as a test: wechat.md, sections 8 and 9.4.
enum Traps {
    /// Complaints about SDKs and providers, 8-1 to 8-32.
    static let complaints = [
        Requirement("8-1", "several callbacks, one exchange", CallbackTraps.severalCallbacks),
        Requirement(
            "8-2", "the exchange has an address of its own, and a clean redirect follows", CallbackTraps.cleanRedirect),
        Requirement("8-3", "going back to the callback is no stack trace", CallbackTraps.goingBack),
        Requirement("8-4", "both hits are in the log, with address and browser", CallbackTraps.bothHitsAreLogged),
        Requirement("8-5", "a mini program's code is exchanged once", ServiceTraps.loginCodeOnce),
        Requirement("8-6", "state stays short, however long the application's is", CallbackTraps.shortState),
        Requirement("8-7", "state does not depend on what a framework makes", CallbackTraps.ownState),
        Requirement("8-8", "nothing is hidden in redirect_uri", AddressTraps.plainRedirectURI),
        Requirement("8-9", "a repeated callback does not use the state up", CallbackTraps.stateIsNotUsedUp),
        Requirement("8-10", "a state with something appended is refused, with a way on", CallbackTraps.appendedState),
        Requirement("8-11", "a lost cookie costs a tap, and the check is never skipped", CallbackTraps.lostCookie),
        Requirement("8-12", "parameters in the documented order", AddressTraps.documentedOrder),
        Requirement("8-13", "redirect_uri is encoded once", AddressTraps.encodedOnce),
        Requirement("8-14", "a callback address that cannot work is refused at start", AddressTraps.callbackAddress),
        Requirement("8-15", "https only", AddressTraps.httpsOnly),
        Requirement("8-16", "without a fitting connection nobody is sent to WeChat", AddressTraps.noConnection),
        Requirement("8-17", "half a pair of AppID and secret is refused at start", AddressTraps.halfAPair),
        Requirement("8-18", "an account that may not do it is named as such", AddressTraps.accountWithoutScope),
        Requirement("8-19", "a developer's machine signs in at the simulator", AddressTraps.loopback),
        Requirement("8-20", "a snapshot's stand-in is nobody", IdentityTraps.snapshot),
        Requirement("8-21", "unionid joins, openid does not", IdentityTraps.oneOfSeveralApps),
        Requirement("8-22", "a nickname is not a user name", IdentityTraps.nicknameIsNoName),
        Requirement("8-23", "text/plain is read", AnswerTraps.textPlain),
        Requirement("8-24", "control characters and broken UTF-8 are read", AnswerTraps.brokenText),
        Requirement("8-25", "emoji are kept", AnswerTraps.emoji),
        Requirement("8-26", "nobody needs an e-mail address", IdentityTraps.noEMail),
        Requirement("8-27", "a person's token and openid go to /sns only", ServiceTraps.separateInterfaces),
        Requirement("8-28", "several nodes share one account token", ServiceTraps.oneToken),
        Requirement("8-29", "a session key belongs to its login", ServiceTraps.sessionKeyOfLogin),
        Requirement("8-30", "the domain proof has a route", AddressTraps.domainProof),
        Requirement("8-31", "there is always a state", AddressTraps.alwaysState),
        Requirement(
            "8-32", "official account and website are two kinds with one person behind", IdentityTraps.twoKinds),
    ]

    /// Defects read in other products' code, in the order of the table.
    static let defects = [
        Requirement("8-D1", "errcode is a member, not a word in a name", AnswerTraps.errcodeIsAMember),
        Requirement("8-D2", "the authorize address is exact", AddressTraps.documentedOrder),
        Requirement("8-D3", "a unionid that comes later changes nobody's sub", IdentityTraps.stableSubject),
        Requirement("8-D4", "state is checked, and not every number is a refusal", AnswerTraps.numbersAreNotRefusals),
        Requirement("8-D5", "an openid from a browser is nobody's", IdentityTraps.openIDFromBrowser),
        Requirement("8-D6", "neither openid nor unionid is the subject", IdentityTraps.opaqueSubject),
        Requirement("8-D7", "a failure's text holds no secret", AnswerTraps.failureHoldsNoSecret),
    ]

    /// Tests that only mean something with a faithful simulator, 9.4-1 to 9.4-10.
    static let meaningful = [
        Requirement(
            "9.4-1", "two callbacks at once: one account, nothing for the scanner", CallbackTraps.browserAndScanner),
        Requirement("9.4-2", "a snapshot visit, then the real one", IdentityTraps.snapshot),
        Requirement(
            "9.4-3", "a refusal in silence leaves nothing, and one can start again", CallbackTraps.silentRefusal),
        Requirement("9.4-4", "base, userinfo, a late unionid, a second app: one user", IdentityTraps.oneOfSeveralApps),
        Requirement("9.4-5", "every number has its kind, and no secret is logged", AnswerTraps.everyNumber),
        Requirement("9.4-6", "the profile zoo", AnswerTraps.zoo),
        Requirement("9.4-7", "the authorize address byte for byte", AddressTraps.encodedOnce),
        Requirement("9.4-8", "text/plain, errors with status 200, errcode 0", AnswerTraps.errorsWithStatus200),
        Requirement("9.4-9", "a time-out after the code was consumed", AnswerTraps.timeoutAfterConsumption),
        Requirement("9.4-10", "the domain proof on http and https, for each tenant", AddressTraps.domainProof),
    ]

    /// Every table with the numbers it must have.
    static let tables = [
        (complaints, (1...32).map { "8-\($0)" }), (defects, (1...7).map { "8-D\($0)" }),
        (meaningful, (1...10).map { "9.4-\($0)" }),
    ]
}
