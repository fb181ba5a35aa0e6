import Testing

@testable import IdP

/// One requirement that others learned from a vulnerability, as a test of the running provider.
struct Requirement: Sendable, CustomTestStringConvertible {
    let number: String
    /// What must hold, in short.
    let text: String
    /// Why there is nothing to test; nil where there is.
    let absent: String?
    let check: @Sendable () async throws -> Void

    init(_ number: String, _ text: String, _ check: @escaping @Sendable () async throws -> Void) {
        (self.number, self.text, absent, self.check) = (number, text, nil, check)
    }

    init(_ number: String, _ text: String, absent: String) {
        (self.number, self.text, self.absent) = (number, text, absent)
        check = {}
    }

    var testDescription: String { "\(number) \(text)" + (absent.map { " (absent: \($0))" } ?? "") }
}

/// The requirements by section; a number that is missing fails a test.
extension Requirement {
    static let redirects = [
        Requirement("B1-1", "redirect_uri is compared byte for byte", RedirectRequirements.exactMatch),
        Requirement("B1-2", "only the port of a literal loopback address is free", RedirectRequirements.loopback),
        Requirement("B1-3", "no address is learned from a request", RedirectRequirements.nothingLearned),
        Requirement("B1-4", "only https, loopback and private-use schemes", RedirectRequirements.schemes),
        Requirement("B1-5", "every other address to return to as exactly", RedirectRequirements.otherAddresses),
        Requirement("B1-6", "host names are compared by whole labels", RedirectRequirements.labels),
    ]

    static let grants = [
        Requirement("B2-1", "PKCE of public clients, and no downgrade", GrantRequirements.proofKey),
        Requirement("B2-2", "everything belongs to its client", GrantRequirements.clientBinding),
        Requirement("B2-3", "a refresh asks again whether all still holds", GrantRequirements.refreshAsksAgain),
        Requirement("B2-4", "of a hundred at once one succeeds", GrantRequirements.onceOfMany),
        Requirement("B2-5", "an assertion is used once, on whatever node", GrantRequirements.assertionOnce),
        Requirement("B2-6", "revocation that fails says so", GrantRequirements.failsClosed),
        Requirement("B2-7", "token exchange is restricted as the code flow is", AppRequirements.exchangeIsRestricted),
        Requirement("B2-8", "an old refresh token ends its family", GrantRequirements.family),
        Requirement("B2-9", "secrets are compared in constant time", GrantRequirements.constantTime),
    ]

    static let signIn = [
        Requirement("B3-1", "nobody is linked by e-mail or telephone", SignInRequirements.noLinking),
        Requirement("B3-2", "a telephone number is bound by its one-time code", AppRequirements.numberByCode),
        Requirement("B3-3", "no step can be skipped, and an empty answer is none", SignInRequirements.steps),
        Requirement("B3-4", "a new identifier at each sign-in", SignInRequirements.fixation),
        Requirement("B3-5", "headers of no configured proxy decide nothing", SignInRequirements.proxyHeaders),
        Requirement("B3-6", "links are built from the configuration", SignInRequirements.hostHeader),
        Requirement("B3-7", "guesses are bounded, at once as well", SignInRequirements.guessing),
        Requirement("B3-8", "the unknown is answered like the wrong", SignInRequirements.sameAnswer),
        Requirement("B3-9", "no other site can change anything", SignInRequirements.crossSite),
        Requirement("B3-10", "cookies are __Host- and of no domain", SignInRequirements.cookies),
        Requirement("B3-11", "a sign-in ends where and how it began", SignInRequirements.mixUp),
    ]

    static let parsers = [
        Requirement("B5-1", "the key decides on the algorithm", ParserRequirements.algorithms),
        Requirement("B5-2", "no bombs: encrypted, compressed, long or deep", ParserRequirements.bombs),
        Requirement("B5-3", "nothing crashes on any input", ParserRequirements.fuzz),
        Requirement("B5-4", "XML without entities and declarations", WeChatServiceRequirements.xml),
        Requirement(
            "B5-5", "slow clients are cut off",
            absent: "the idle limit of 60 seconds is real time on real connections, which no test waits for"),
        Requirement("B5-6", "TLS on the wire is as configured", ParserRequirements.tls),
        Requirement("B5-7", "every page of a list is bounded", absent: "no list is served yet"),
    ]

    /// Every section with how many it has.
    static let sections = [("B1", redirects, 6), ("B2", grants, 9), ("B3", signIn, 11), ("B5", parsers, 7)]
}
