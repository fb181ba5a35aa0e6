import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import WeChatSimulator

@Suite("Consent")
struct ConsentTests {
    private let address = Phone.address(scope: "snsapi_userinfo")

    @Test("is asked for a profile, and a page serves once")
    func isAsked() async throws {
        try await Phone.with { phone async throws in
            let page = try await phone.open(address)
            #expect(page.status == .ok)
            #expect(page.text.contains("允许") && page.text.contains("拒绝") && page.text.contains("小明🐧"))
            #expect(page.text.contains("咖啡&lt;店&gt;") && page.text.contains("微信模拟器"))
            let first = try await phone.tap("allow", on: page)
            #expect(first.status == .found)
            #expect(first.headers[.location]?.hasPrefix(Phone.callback + "?code=") == true)
            let second = try await phone.tap("allow", on: page)
            #expect(second.status == .ok)
            #expect(second.headers[.location] == nil)
        }
    }

    @Test("page goes stale")
    func goesStale() async throws {
        try await Phone.with { phone async throws in
            let page = try await phone.open(address)
            await phone.simulator.advanceClock(by: 601)
            #expect(try await phone.tap("allow", on: page).headers[.location] == nil)
        }
    }

    @Test("page speaks English to those who prefer it")
    func english() async throws {
        try await Phone.with { phone async throws in
            var traveller = phone
            traveller.extraHeaders = ["accept-language": "en-GB,en;q=0.9,zh;q=0.5"]
            #expect(try await traveller.open(address).text.contains(">Allow<"))
            traveller.extraHeaders = ["accept-language": "zh-CN,zh;q=0.9,en;q=0.5"]
            #expect(try await traveller.open(address).text.contains(">允许<"))
        }
    }

    @Test("page holds every name of the zoo without breaking", arguments: SimulatedUser.zoo)
    func holdsZoo(user: SimulatedUser) async throws {
        try await Phone.with { phone async throws in
            for path in [address, "/"] {
                let page = Array(try await phone.be(user.id).open(path).body.readableBytesView)
                #expect(page.count(of: "<b dir=\"auto\">") + page.count(of: "<b class=\"blank\">") >= 1)
                #expect(page.count(of: "<script") == 0)
                #expect(page.count(of: "<img") == 0)
                #expect(page.count(of: "<b>") == 0)
            }
        }
    }

    @Test("refused leads nowhere, or back in two ways")
    func refused() async throws {
        try await Phone.with { phone async throws in
            let silent = try await phone.tap("refuse", on: try await phone.open(address))
            #expect(silent.status == .ok)
            #expect(silent.headers[.location] == nil)
            await phone.simulator.setBehaviour { $0.refusal = .stateOnly }
            let stateOnly = try await phone.tap("refuse", on: try await phone.open(address))
            #expect(stateOnly.headers[.location] == Phone.callback + "?state=s1")
            await phone.simulator.setBehaviour {
                $0.refusal = .authDeny
                $0.refusalReason = "weixin"
            }
            let denied = try await phone.tap("refuse", on: try await phone.open(address))
            #expect(denied.headers[.location] == Phone.callback + "?code=authdeny&reason=weixin&state=s1")
        }
    }

    @Test("is skipped in the silent cases")
    func silentCases() async throws {
        let forced = address + "&forcePopup=true"
        try await Phone.with({ $0.consent = .followerSilent }) { phone async throws in
            #expect(try await phone.open(forced).status == .found)
            await phone.simulator.setBehaviour { $0.consent = .recentSilent }
            let page = try await phone.open(address)
            #expect(page.status == .ok)
            _ = try await phone.tap("allow", on: page)
            #expect(try await phone.open(address).status == .found)
            #expect(try await phone.open(forced).status == .ok)
            await phone.simulator.advanceClock(by: 31 * 86_400)
            #expect(try await phone.open(address).status == .ok)
        }
    }

    @Test("snapshot page delivers a virtual person, then the real one")
    func snapshot() async throws {
        try await Phone.with({ $0.snapshot = .firstVisit }) { phone async throws in
            let page = try await phone.open(address)
            #expect(page.text.contains("使用完整服务"))
            let frame = page.text.attribute("src", after: "<iframe") ?? ""
            #expect(frame.hasPrefix(Phone.callback + "?code="))
            let code = String(frame.drop { $0 != "=" }.dropFirst().prefix { $0 != "&" })
            let virtual = try await phone.exchange(code)
            #expect(virtual.json["is_snapshotuser"] as? Int == 1)

            let again = page.text.attribute("href", after: "<a class=\"button main\"") ?? ""
            let consent = try await phone.open(String(again.prefix { $0 != "#" }))
            let full = try await phone.tap("allow", on: consent)
            let real = try await phone.exchange(full.callbackParameters["code"] ?? "")
            #expect(real.json["is_snapshotuser"] == nil)
            #expect(real.field("openid") != virtual.field("openid"))
            #expect(real.field("unionid") != virtual.field("unionid"))
            #expect(try await phone.open(address).text.contains("允许"))
        }
    }

    @Test("snapshot page comes at the first visit since it was switched on")
    func snapshotAfterOthers() async throws {
        try await Phone.with { phone async throws in
            #expect(try await phone.open(address).text.contains("允许"))
            await phone.simulator.setBehaviour { $0.snapshot = .firstVisit }
            #expect(try await phone.open(address).text.contains("使用完整服务"))
            #expect(try await phone.open(address).text.contains("允许"))
        }
    }

    @Test("snapshot page has its variants")
    func snapshotVariants() async throws {
        try await Phone.with({
            $0.snapshotDelivery = .redirect
            $0.snapshotMark = false
            $0.snapshotProfile = false
        }) { phone async throws in
            let forced = try await phone.open(address + "&forceSnapShot=true")
            let unmarked = try await phone.exchange(forced.callbackParameters["code"] ?? "")
            #expect(unmarked.json["is_snapshotuser"] == nil)
            let query = "?access_token=\(unmarked.field("access_token"))&openid=\(unmarked.field("openid"))"
            #expect(try await phone.send(.get, "/sns/userinfo" + query).errcode == 48001)
            await phone.simulator.setBehaviour { $0.snapshotProfile = true }
            #expect(try await phone.send(.get, "/sns/userinfo" + query).field("nickname") == "微信用户")

            let other = try await phone.open(address + "&forceSnapShot=true")
            let second = try await phone.exchange(other.callbackParameters["code"] ?? "")
            #expect(second.field("openid") != unmarked.field("openid"))
            await phone.simulator.setBehaviour { $0.snapshotUserIsStable = true }
            var openIDs: Set<String> = []
            for _ in 0..<2 {
                let visit = try await phone.open(address + "&forceSnapShot=true")
                openIDs.insert(try await phone.exchange(visit.callbackParameters["code"] ?? "").field("openid"))
            }
            #expect(openIDs.count == 1)

            await phone.simulator.setBehaviour { $0.snapshotMarkOnRealUser = true }
            #expect(try await phone.exchange(try await phone.code()).json["is_snapshotuser"] as? Int == 1)
        }
    }

    @Test("callback can come twice")
    func twice() async throws {
        let hits = Box<URL>()
        try await Phone.with({ $0.callbackRepeat = .otherVisitorFirst }, fetcher: { hits.add($0) }) {
            phone async throws in
            let first = try await phone.open(Phone.address()).headers[.location]
            #expect(hits.all.map(\.absoluteString) == [first])
            await phone.simulator.setBehaviour { $0.callbackRepeat = .otherVisitorAfter }
            let second = try await phone.open(Phone.address()).headers[.location]
            await phone.simulator.settle()
            #expect(hits.all.map(\.absoluteString) == [first, second])
            await phone.simulator.setBehaviour { $0.callbackRepeat = .sameBrowser }
            let page = try await phone.open(Phone.address())
            #expect(page.text.attribute("data-address", after: "id=\"callback\"")?.hasPrefix(Phone.callback) == true)
            await phone.simulator.settle()
            #expect(hits.all.count == 2)
        }
    }
}

extension [UInt8] {
    /// How often an ASCII text occurs, byte for byte.
    fileprivate func count(of text: String) -> Int {
        let needle = Array(text.utf8)
        return indices.count { self[$0...].starts(with: needle) }
    }
}
