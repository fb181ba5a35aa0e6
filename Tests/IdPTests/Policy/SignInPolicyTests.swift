import Testing

@testable import IdP

/// What comes next in a sign-in: silent first, step up when needed.
@Suite struct SignInPolicyTests {
    typealias Case = PolicyCase

    static let refusals: [Case] = [
        Case(
            name: "prompt=none without a session never goes to WeChat", prompts: [.none],
            expected: "refuse login_required"),
        Case(
            name: "prompt=none elsewhere", surface: .elsewhere, prompts: [.none], expected: "refuse login_required"),
        Case(
            name: "prompt=none, the account of the phone may have changed", standing: .old, prompts: [.none],
            expected: "refuse login_required"),
        Case(
            name: "prompt=none, too old for max_age", standing: .old, surface: .elsewhere, prompts: [.none],
            maxAge: 3600, expected: "refuse login_required"),
        Case(
            name: "prompt=none, max_age=0", standing: .fresh, prompts: [.none], maxAge: 0,
            expected: "refuse login_required"),
        Case(
            name: "prompt=none, somebody new", prompts: [.none], stage: .unknownPerson,
            expected: "refuse login_required"),
        Case(
            name: "prompt=none, an application that must ask", standing: .fresh, prompts: [.none], kind: .native,
            expected: "refuse consent_required"),
        Case(
            name: "prompt=none, somebody else's application", standing: .fresh, prompts: [.none], isFirstParty: false,
            expected: "refuse consent_required"),
        Case(name: "prompt=none, person gone", standing: .orphan, prompts: [.none], expected: "refuse login_required"),
    ]

    static let nobody: [Case] = [
        Case(name: "nobody, inside WeChat", expected: "silent"),
        Case(name: "nobody, elsewhere", surface: .elsewhere, expected: "outside"),
        Case(
            name: "somebody new: our page first, only its tap asks WeChat", stage: .unknownPerson,
            expected: "tap new_person"),
        Case(name: "somebody new, elsewhere", surface: .elsewhere, stage: .unknownPerson, expected: "outside"),
        Case(
            name: "a connection that always asks, asks behind our page", connectionScope: .userInfo,
            expected: "tap new_person"),
        Case(name: "a connection that never asks", connectionScope: .base, expected: "silent"),
        Case(
            name: "a connection that never asks, somebody new", connectionScope: .base, stage: .unknownPerson,
            expected: "tap new_person"),
        Case(name: "the person is gone", standing: .orphan, expected: "silent"),
        Case(name: "nobody, profile wanted: still silent first", scopes: ["openid", "profile"], expected: "silent"),
        Case(name: "nobody, prompt=consent", prompts: [.consent], expected: "silent"),
        Case(name: "nobody, an application that must ask", kind: .native, expected: "silent"),
        Case(name: "nobody, prompt=login", prompts: [.login], expected: "tap reauthentication"),
        Case(name: "nobody, max_age: whoever comes is new", maxAge: 60, expected: "silent"),
        Case(name: "nobody, max_age=0", maxAge: 0, expected: "tap reauthentication"),
    ]

    static let known: [Case] = [
        Case(name: "known", standing: .fresh, expected: "answer"),
        Case(name: "known, elsewhere", standing: .fresh, surface: .elsewhere, expected: "answer"),
        Case(name: "known, prompt=none", standing: .fresh, prompts: [.none], expected: "answer"),
        Case(
            name: "confirmed just short of 15 minutes ago", standing: .session(signedIn: 7200, confirmed: 899),
            expected: "answer"),
        Case(
            name: "confirmed 15 minutes ago: cookies outlive a change of account",
            standing: .session(signedIn: 7200, confirmed: 900), expected: "silent"),
        Case(name: "long ago, inside WeChat", standing: .old, expected: "silent"),
        Case(
            name: "long ago, elsewhere: no account changes there", standing: .old, surface: .elsewhere,
            expected: "answer"),
        Case(name: "long ago, confirmed by this sign-in", standing: .old, isSignedInHere: true, expected: "answer"),
        Case(
            name: "a connection that always asks, known", standing: .fresh, connectionScope: .userInfo,
            expected: "answer"),
        Case(name: "prompt=login", standing: .fresh, prompts: [.login], expected: "tap reauthentication"),
        Case(
            name: "prompt=select_account", standing: .fresh, prompts: [.selectAccount], expected: "tap reauthentication"
        ),
        Case(
            name: "prompt=login, elsewhere", standing: .fresh, surface: .elsewhere, prompts: [.login],
            expected: "outside"),
        Case(
            name: "prompt=login, signed in by it", standing: .fresh, prompts: [.login], isSignedInHere: true,
            expected: "answer"),
        Case(name: "max_age=0", standing: .fresh, maxAge: 0, expected: "tap reauthentication"),
        Case(
            name: "max_age not reached", standing: .session(signedIn: 300, confirmed: 0), maxAge: 300,
            expected: "answer"),
        Case(
            name: "max_age exceeded", standing: .session(signedIn: 301, confirmed: 0), maxAge: 300,
            expected: "tap reauthentication"),
        Case(
            name: "max_age exceeded, elsewhere", standing: .old, surface: .elsewhere, maxAge: 300,
            expected: "outside"),
        Case(
            name: "max_age exceeded, signed in by it", standing: .old, maxAge: 300, isSignedInHere: true,
            expected: "answer"),
        Case(
            name: "recent enough, but the account may have changed",
            standing: .session(signedIn: 1200, confirmed: 1200),
            maxAge: 3600, expected: "silent"),
    ]

    private static let profile = ["openid", "profile"]

    static let profiles: [Case] = [
        Case(
            name: "a profile is asked for once", standing: .fresh, scopes: profile, person: .withoutProfile,
            expected: "tap profile"),
        Case(name: "and may be declined", standing: .fresh, scopes: profile, person: .declined, expected: "answer"),
        Case(name: "there is one", standing: .fresh, scopes: profile, expected: "answer"),
        Case(name: "none is wanted", standing: .fresh, person: .withoutProfile, expected: "answer"),
        Case(
            name: "elsewhere nobody can give one", standing: .fresh, surface: .elsewhere, scopes: profile,
            person: .withoutProfile, expected: "answer"),
        Case(
            name: "the connection never asks", standing: .fresh, scopes: profile, connectionScope: .base,
            person: .withoutProfile, expected: "answer"),
        Case(
            name: "prompt=none shows nothing", standing: .fresh, prompts: [.none], scopes: profile,
            person: .withoutProfile, expected: "answer"),
        Case(
            name: "profile before consent", standing: .fresh, scopes: profile, kind: .native, person: .withoutProfile,
            expected: "tap profile"),
        Case(
            name: "who it is before what he is called", standing: .old, scopes: profile, person: .withoutProfile,
            expected: "silent"),
    ]

    static let consent: [Case] = [
        Case(name: "native", standing: .fresh, kind: .native, expected: "confirm"),
        Case(name: "native, elsewhere", standing: .fresh, surface: .elsewhere, kind: .native, expected: "confirm"),
        Case(name: "native, confirmed", standing: .fresh, isConfirmed: true, kind: .native, expected: "answer"),
        Case(name: "somebody else's", standing: .fresh, isFirstParty: false, expected: "confirm"),
        Case(
            name: "somebody else's, confirmed", standing: .fresh, isConfirmed: true, isFirstParty: false,
            expected: "answer"),
        Case(name: "prompt=consent", standing: .fresh, prompts: [.consent], expected: "confirm"),
        Case(
            name: "prompt=consent, confirmed", standing: .fresh, prompts: [.consent], isConfirmed: true,
            expected: "answer"),
        Case(
            name: "prompt=login consent: the sign-in first", standing: .fresh, prompts: [.login, .consent],
            expected: "tap reauthentication"),
        Case(
            name: "prompt=login consent: then the question", standing: .fresh, prompts: [.login, .consent],
            isSignedInHere: true, expected: "confirm"),
        Case(
            name: "confirmed, but the account may have changed", standing: .old, isConfirmed: true, kind: .native,
            expected: "silent"),
        Case(
            name: "signed in silently, native", standing: .fresh, isSignedInHere: true, kind: .native,
            expected: "confirm"),
    ]

    @Test("what comes next", arguments: refusals + nobody + known + profiles + consent)
    func table(_ row: Case) throws {
        #expect(try row.step() == row.expected)
    }

    @Test("no row stands twice")
    func names() {
        let names = (Self.refusals + Self.nobody + Self.known + Self.profiles + Self.consent).map(\.name)
        #expect(Set(names).count == names.count)
    }

    /// Every combination of everything.
    private static func everyCase(_ body: (Case, String) throws -> Void) throws -> Int {
        let standings: [Case.Standing] = [.none, .fresh, .old, .session(signedIn: 7200, confirmed: 60), .orphan]
        let prompts: [Set<SignInRequest.Prompt>] = [
            [], [.none], [.login], [.consent], [.selectAccount], [.login, .consent],
        ]
        var count = 0
        for standing in standings {
            for surface in Case.Surface.allCases {
                for prompts in prompts {
                    for maxAge in [nil, 0, 3600] {
                        for scopes in [["openid"], ["openid", "profile"]] {
                            for connectionScope in Connection.Scope.allCases {
                                for stage in [SignIn.Stage.start, .unknownPerson] {
                                    for flags in 0..<16 {
                                        for person in Case.Person.allCases {
                                            let row = Case(
                                                standing: standing, surface: surface, prompts: prompts, maxAge: maxAge,
                                                scopes: scopes, connectionScope: connectionScope, stage: stage,
                                                isSignedInHere: flags & 1 != 0 && standing != .none,
                                                isConfirmed: flags & 2 != 0, kind: flags & 4 != 0 ? .native : .web,
                                                isFirstParty: flags & 8 == 0, person: person)
                                            try body(row, try row.step())
                                            count += 1
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return count
    }

    @Test("what holds in every combination")
    func invariants() throws {
        var broken: [String: Int] = [:]
        func check(_ holds: Bool, _ rule: String) {
            if !holds { broken[rule, default: 0] += 1 }
        }
        let count = try Self.everyCase { row, step in
            let isKnown = row.standing != .none && row.standing != .orphan
            let goesToWeChat = step == "silent" || step.hasPrefix("tap")
            if row.prompts.contains(.none) {
                check(step == "answer" || step.hasPrefix("refuse"), "prompt=none shows nothing and goes nowhere")
            } else {
                check(!step.hasPrefix("refuse"), "only prompt=none is refused")
            }
            check(!goesToWeChat || row.surface == .weChat, "nobody is sent to WeChat from outside it")
            check(isKnown || !["answer", "confirm", "tap profile"].contains(step), "nobody gets nothing")
            check(step != "outside" || row.surface == .elsewhere, "inside WeChat nobody is told to open WeChat")
            if step == "answer" {
                let needsQuestion = row.kind == .native || !row.isFirstParty || row.prompts.contains(.consent)
                check(!needsQuestion || row.isConfirmed, "who must be asked is asked")
                let wantsNew = !row.prompts.isDisjoint(with: [.login, .selectAccount]) || row.maxAge == 0
                check(!wantsNew || row.isSignedInHere, "a new sign-in is a new one")
                check(row.standing != .old || row.surface == .elsewhere || row.isSignedInHere, "old ones are confirmed")
            }
            if step == "silent" {
                check(row.prompts.isDisjoint(with: [.login, .selectAccount]) && row.maxAge != 0, "login is not silent")
                check(isKnown || row.stage == .start, "WeChat is asked silently once")
                check(
                    isKnown || row.connectionScope != .userInfo, "a connection that always asks does not ask silently")
            }
            if step == "tap profile" {
                check(row.person == .withoutProfile, "a profile is asked for once")
                check(
                    row.connectionScope != .base && row.scopes.contains("profile"),
                    "a profile nobody wants is not asked for")
            }
        }
        #expect(count > 10_000)
        #expect(broken.isEmpty, "\(broken)")
    }
}
