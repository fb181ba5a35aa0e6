import Testing

@testable import WeChat

/// Damaged inputs for what reads texts from outside: none may crash, and what is taken must hold.
@Suite("Damaged inputs")
struct FuzzTests {
    private static let iterations = 4000

    private static let profile = Array(
        Sample.profile(
            #""nickname":"小\u660e\ud83d\udc27\"\n","sex":-1.5e+3,"headimgurl":"http:\/\/wx.qlogo.cn\/a","x":[true,"#
                + #"false,null,{"y":[]}],"privilege":["a"],"unionid":"oUNIa0000000000000000000000u","is_snapshotuser":1"#
        ).utf8
    )

    @Test("every beginning of an answer is cut short, and nothing else")
    func beginnings() throws {
        for length in 1..<Self.profile.count {
            #expect(throws: UnreadableAnswer.truncated, "\(length)") {
                try LenientJSON.parse(Array(Self.profile.prefix(length)))
            }
        }
        _ = try LenientJSON.parse(Self.profile)
    }

    @Test("profiles", arguments: 1...4 as ClosedRange<UInt64>)
    func profiles(seed: UInt64) {
        var damage = Damage(seed: seed)
        var taken = 0
        for _ in 0..<Self.iterations {
            let response = WeChatResponse(status: 200, body: damage.applied(to: Self.profile))
            guard let answer = try? AnswerObject(response), let profile = try? UserInfo(answer) else { continue }
            taken += 1
            #expect(!profile.nickname.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
            #expect(profile.openID.rawValue.utf8.allSatisfy { (0x21...0x7E).contains($0) })
            #expect(profile.unionID?.rawValue.isEmpty != true)
            #expect(profile.avatarURL?.hasPrefix("https://") != false)
        }
        #expect(taken > Self.iterations / 10 && taken < Self.iterations)
    }

    @Test("tokens", arguments: 5...6 as ClosedRange<UInt64>)
    func tokens(seed: UInt64) {
        var damage = Damage(seed: seed)
        var taken = 0
        for _ in 0..<Self.iterations {
            let response = WeChatResponse(status: 200, body: damage.applied(to: Array(Sample.token.utf8)))
            guard let answer = try? AnswerObject(response), let token = try? TokenAnswer(answer) else { continue }
            taken += 1
            #expect(!token.accessToken.isEmpty && !token.refreshToken.isEmpty && !token.openID.rawValue.isEmpty)
            #expect(token.expiresIn >= .seconds(1))
        }
        #expect(taken > Self.iterations / 10 && taken < Self.iterations)
    }

    @Test("user agents")
    func userAgents() {
        let sample = Array(
            "MicroMessenger/7.0 WindowsWechat/WMPF miniProgram/wx0123456789abcdef wxwork/4 \u{301}é".utf8)
        var damage = Damage(seed: 7)
        var found: Set<WeChatBrowser.Surface> = []
        for _ in 0..<Self.iterations {
            let text = String(decoding: damage.applied(to: sample), as: UTF8.self)
            let surface = WeChatBrowser.detect(userAgent: text)
            found.insert(surface)
            if let appID = surface.miniProgramAppID {
                #expect(surface.isWeChat && appID.rawValue.wholeMatch(of: /wx[0-9a-f]{16}/) != nil)
            }
            #expect(surface.client != .outside || !surface.isDesktop)
        }
        #expect(Set(found.map(\.client)) == [.wechat, .weCom, .outside])
    }
}

/// The same damage in every run.
private struct Damage {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// One to four bytes changed, added, removed, repeated, or the rest cut off.
    mutating func applied(to bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(4) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(8) {
            case 0: bytes.removeLast(bytes.count - place)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(UInt8(below(256)), at: place)
            case 3: bytes.insert(contentsOf: bytes[place...].prefix(below(24)), at: place)
            case 4: bytes[place] ^= 1 << UInt8(below(8))
            case 5: bytes[place] = Array("\"\\{}[]:,u0-e.".utf8)[below(13)]
            default: bytes[place] = UInt8(below(256))
            }
        }
        return bytes
    }

    private mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(limit))
    }
}
