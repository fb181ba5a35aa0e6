import Testing
import WeChat

@Suite("The address of WeChat's QR sign-in for websites")
struct QRConnectTests {
    private static let state = "0123456789abcdef0123456789abcdef"
    private static let start =
        "https://open.weixin.qq.com/connect/qrconnect?appid=wx0123456789abcdef"
        + "&redirect_uri=https%3A%2F%2Fid.example.com%2Fconnections%2Fwechat%2Fcallback&response_type=code"
        + "&scope=snsapi_login&state=" + state

    private func request(_ change: (inout QRConnect) -> Void = { _ in }) -> String {
        var request = QRConnect(
            appID: AppID(rawValue: "wx0123456789abcdef"),
            redirectURI: "https://id.example.com/connections/wechat/callback", state: Self.state)
        change(&request)
        return request.url
    }

    @Test("is what WeChat documents, byte for byte")
    func documented() {
        #expect(request() == Self.start + "#wechat_redirect")
    }

    @Test("names the language where it is not WeChat's own default")
    func language() {
        #expect(request { $0.language = .english } == Self.start + "&lang=en#wechat_redirect")
    }

    @Test("in a frame carries what wxLogin.js adds, behind the documented ones")
    func embedded() {
        #expect(
            request { $0.isEmbedded = true }
                == Self.start + "&login_type=jssdk&self_redirect=true&stylelite=1#wechat_redirect")
        #expect(
            request {
                $0.isEmbedded = true
                $0.language = .english
            } == Self.start + "&lang=en&login_type=jssdk&self_redirect=true&stylelite=1#wechat_redirect")
    }

    @Test("goes to another host when told to, with or without a slash")
    func host() {
        for host in ["http://127.0.0.1:8082", "http://127.0.0.1:8082/"] {
            #expect(
                request { $0.openURL = host }
                    == Self.start.replacing("https://open.weixin.qq.com", with: "http://127.0.0.1:8082")
                    + "#wechat_redirect")
        }
    }
}
