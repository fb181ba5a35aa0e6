import Foundation
import Testing
import WeChat

@Suite("Secrets")
struct RedactionTests {
    private static let secret = "5ec2e7-needle"

    private func everyText(of value: some Any) -> String {
        var text =
            "\(value)" + String(describing: value) + String(reflecting: value) + "\(Mirror(reflecting: value).children)"
        dump(value, to: &text)
        return text
    }

    @Test("never show when printed, dumped, reflected or encoded")
    func neverShow() throws {
        let answer = TokenAnswer(
            accessToken: AccessToken(Self.secret),
            expiresIn: .seconds(7200),
            refreshToken: RefreshToken(Self.secret),
            openID: Sample.openID,
            scopes: []
        )
        let request = WeChatRequest(
            url: RequestURL("https://x/?secret=" + Self.secret),
            connectTimeout: .zero,
            timeout: .zero,
            userAgent: ""
        )
        let client = WeChatClient(
            appID: AppID(rawValue: "wx"),
            secret: AppSecret(Self.secret),
            transport: ScriptedTransport()
        )
        let response = WeChatResponse(status: 200, body: Array(Self.secret.utf8))
        let texts = [
            everyText(of: AppSecret(Self.secret)), everyText(of: AuthorizationCode(Self.secret)),
            everyText(of: [AccessToken(Self.secret)]), everyText(of: Optional(RefreshToken(Self.secret))),
            everyText(of: answer), everyText(of: request), everyText(of: client), everyText(of: response),
            String(decoding: try JSONEncoder().encode([AppSecret(Self.secret)]), as: UTF8.self),
        ]
        for text in texts {
            #expect(!text.contains("needle"))
            #expect(!text.contains("\(Array(Self.secret.utf8))".dropFirst().dropLast()))
        }
        #expect("\(AppSecret(Self.secret))" == "<redacted>")
        #expect(AppSecret(Self.secret).exposeSecret() == Self.secret)
    }

    @Test("compare by their bytes")
    func compare() {
        #expect(AppSecret("a") != AppSecret("b"))
        #expect(AppSecret("a") != AppSecret("aa"))
        // Equal as Swift strings, yet not the same bytes.
        #expect(AppSecret("\u{E9}") != AppSecret("e\u{301}"))
        #expect(AppSecret("same") == AppSecret("same"))
    }

    @Test("do not come back in an error")
    func notInErrors() async {
        let transport = ScriptedTransport(
            .body(
                #"{"errcode":40029,"errmsg":"invalid code \#(Sample.code.exposeSecret()), rid: 66c69111-4157f271-729ca238"}"#
            )
        )
        await #expect {
            _ = try await transport.client().exchangeCode(Sample.code)
        } throws: { error in
            let text = "\(error)" + String(reflecting: error)
            guard case .api(let answered)? = error as? WeChatError else { return false }
            return !text.contains(Sample.code.exposeSecret()) && answered.message == "invalid code <redacted>"
                && answered.rid == "66c69111-4157f271-729ca238" && answered.code == .invalidCode
        }
    }
}
