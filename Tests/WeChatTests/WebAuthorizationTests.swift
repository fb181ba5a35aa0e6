import Testing
import WeChat

@Suite("The authorize URL")
struct WebAuthorizationTests {
    private func request(
        _ change: (inout WebAuthorization) -> Void = { _ in }
    ) -> String {
        var request = WebAuthorization(
            appID: AppID(rawValue: "wx0123456789abcdef"),
            redirectURI: "https://id.example.com/connections/wechat/callback",
            scope: .base,
            state: "0123456789abcdef0123456789abcdef"
        )
        change(&request)
        return request.url
    }

    @Test("is the documented string, byte for byte")
    func isDocumented() {
        #expect(
            request() == "https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx0123456789abcdef"
                + "&redirect_uri=https%3A%2F%2Fid.example.com%2Fconnections%2Fwechat%2Fcallback&response_type=code"
                + "&scope=snsapi_base&state=0123456789abcdef0123456789abcdef#wechat_redirect"
        )
    }

    @Test("puts extras after state and before the fragment")
    func putsExtrasLast() {
        let url = request {
            $0.scope = .userInfo
            $0.forcePopup = true
            $0.forceSnapShot = true
        }
        #expect(
            url.hasSuffix(
                "&scope=snsapi_userinfo&state=0123456789abcdef0123456789abcdef&forcePopup=true&forceSnapShot=true"
                    + "#wechat_redirect"
            )
        )
    }

    @Test("encodes once, as encodeURIComponent does")
    func encodesOnce() {
        let url = request { $0.redirectURI = "https://a.example/é 1?x=1&y=%20'(*)!~" }
        #expect(
            url.contains("&redirect_uri=https%3A%2F%2Fa.example%2F%C3%A9%201%3Fx%3D1%26y%3D%2520'(*)!~&response_type"))
    }

    @Test("takes another origin, with or without a slash")
    func takesOrigin() {
        for origin in ["http://127.0.0.1:9090", "http://127.0.0.1:9090/"] {
            #expect(request { $0.openURL = origin }.hasPrefix("http://127.0.0.1:9090/connect/oauth2/authorize?appid="))
        }
    }
}
