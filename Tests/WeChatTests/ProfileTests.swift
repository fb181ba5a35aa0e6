import Testing
import WeChat

@Suite("Profiles")
struct ProfileTests {
    private func profile(_ fields: String) async throws -> UserInfo {
        try await ScriptedTransport(.body(Sample.profile(fields))).client()
            .userInfo(Sample.accessToken, openID: Sample.openID)
    }

    @Test("of the documented form")
    func documented() async throws {
        let profile = try await profile(
            #""nickname":"小明🐧","sex":0,"language":"zh_CN","city":"","province":"","country":"","headimgurl":"#
                + #""https:\/\/thirdwx.qlogo.cn\/mmopen\/vi_32\/MADEUP\/132","privilege":["chinaunicom"],"#
                + #""unionid":"oUNIa0000000000000000000000u""#
        )
        #expect(
            profile
                == UserInfo(
                    openID: Sample.openID,
                    nickname: "小明🐧",
                    avatarURL: "https://thirdwx.qlogo.cn/mmopen/vi_32/MADEUP/132",
                    unionID: UnionID(rawValue: "oUNIa0000000000000000000000u"),
                    privilege: ["chinaunicom"],
                    language: "zh_CN"
                )
        )
        #expect(profile.displayName == "小明🐧")
    }

    @Test("with nothing in them")
    func bare() async throws {
        let profile = try await profile(#""subscribe":1"#)
        #expect(profile == UserInfo(openID: Sample.openID, nickname: ""))
        #expect(profile.displayName == nil)
    }

    @Test(
        "sex as number or text",
        arguments: [("1", 1), ("\"1\"", 1), ("2", 2), ("null", 0), ("\"x\"", 0), ("1.5", 0)]
    )
    func sex(written: String, expected: Int) async throws {
        #expect(try await profile(#""sex":\#(written)"#).sex == expected)
    }

    @Test(
        "name nobody when there is no name",
        arguments: ["", " ", "\u{3000}\u{200B}\u{FEFF}", "\u{202E}\u{202C}", "微信用户", "\u{1160}"]
    )
    func noName(nickname: String) {
        #expect(UserInfo(openID: Sample.openID, nickname: nickname).displayName == nil)
    }

    @Test("keep odd names", arguments: ["🐧", "<b>", " a ", "微信用户2", String(repeating: "长", count: 200)])
    func oddName(nickname: String) {
        #expect(UserInfo(openID: Sample.openID, nickname: nickname).displayName == nickname)
    }

    @Test(
        "picture over https or none",
        arguments: [
            ("", nil), ("http:\\/\\/wx.qlogo.cn\\/mmopen\\/A\\/0", "https://wx.qlogo.cn/mmopen/A/0"),
            ("HTTPS://thirdwx.qlogo.cn/a/132", "https://thirdwx.qlogo.cn/a/132"), ("javascript:alert(1)", nil),
            ("https://", nil), ("https://a/\\\"onload=", nil), ("//wx.qlogo.cn/a", nil), ("https://a/ b", nil),
        ] as [(String, String?)]
    )
    func picture(written: String, expected: String?) async throws {
        #expect(try await profile(#""headimgurl":"\#(written)""#).avatarURL == expected)
    }
}
