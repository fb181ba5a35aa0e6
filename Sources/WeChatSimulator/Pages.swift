/// What people see on the simulated phone.
enum Pages {
    /// A page with one message, HTTP 200 like WeChat's own.
    static func message(
        _ title: String, _ explanation: String, status: Int = 200, framing: Framing = .nobody
    ) -> SimulatorResponse {
        page(
            title: title,
            body: "<div class=\"card\"><h1>\(HTML.escape(title))</h1><p>\(HTML.escape(explanation))</p></div>",
            status: status,
            framing: framing
        )
    }

    /// Who may show a page in a frame.
    enum Framing: Sendable {
        case nobody, anyone
    }

    /// The page that asks for name and picture.
    static func consent(_ visit: Grants.Visit, ticket: String, english: Bool) -> SimulatorResponse {
        let app = HTML.escape(visit.app.displayName)
        let title = english ? "\(visit.app.displayName) asks for" : "\(visit.app.displayName) 申请使用"
        return page(
            title: title,
            language: english ? "en" : "zh-CN",
            body: """
                <h1>\(english ? "\(app) asks for" : "\(app) 申请使用")</h1>
                <div class="card">
                <p>\(english ? "Your WeChat name and picture" : "你的微信昵称、头像")</p>
                <hr>
                <div class="person">\(face(visit.user))<div>\(name(visit.user, english))\
                <small>\(english ? "WeChat profile" : "微信个人信息")</small></div></div>
                </div>
                <form method="post" action="/connect/oauth2/authorize/decision">
                <input type="hidden" name="ticket" value="\(HTML.escape(ticket))">
                <button class="main" name="decision" value="allow">\(english ? "Allow" : "允许")</button>
                <button name="decision" value="refuse">\(english ? "Refuse" : "拒绝")</button>
                </form>
                """
        )
    }

    /// The snapshot page: the site in a frame without cookies, and the button to the full service.
    ///
    /// The sandbox alone would not keep cookies away, as on one machine simulator and site are same-site;
    /// `credentialless` does, in Chromium.
    static func snapshot(_ visit: Grants.Visit, callback: String) -> SimulatorResponse {
        let query = visit.query.split(separator: "&").filter { part in
            !["connect_redirect", "uin", "key", "pass_ticket", "forceSnapShot"].contains(part.prefix { $0 != "=" })
        }
        let again = "/connect/oauth2/authorize?" + query.joined(separator: "&") + "&simulator_full=1#wechat_redirect"
        return page(
            title: "网页快照",
            body: """
                <p>你正在访问网页快照，仅可浏览部分内容。<br>This is a snapshot: you can only look.</p>
                <iframe credentialless sandbox="allow-scripts" referrerpolicy="no-referrer" title="\(HTML.escape(visit.app.displayName))" \
                src="\(HTML.escape(callback))"></iframe>
                <small>页面禁止嵌入时，以上为空白。<br>Blank when the page forbids framing.</small>
                <a class="button main" href="\(HTML.escape(PercentEncoding.headerSafe(again)))">使用完整服务</a>
                """
        )
    }

    /// Goes to the callback twice in the same browser, cookies and all.
    static func twice(_ address: String, milliseconds: Int) -> SimulatorResponse {
        page(
            title: "跳转中",
            body: """
                <p id="callback" data-address="\(HTML.escape(address))">跳转中… Redirecting…</p>
                <script>
                const address = document.getElementById("callback").dataset.address;
                location.href = address;
                setTimeout(() => { location.href = address; }, \(milliseconds));
                </script>
                """
        )
    }

    /// A redirect as WeChat's page sends it.
    static func redirect(_ address: String) -> SimulatorResponse {
        SimulatorResponse(
            status: 302,
            headers: [(name: "Location", value: address), (name: "Cache-Control", value: "no-cache, must-revalidate")],
            body: []
        )
    }

    /// The first character that leaves ink: blanks and direction marks would leave the picture empty.
    static func face(_ user: SimulatedUser) -> String {
        let first = user.nickname.first { $0.isLetter || $0.isNumber || $0.isPunctuation || $0.isSymbol }
        return "<span class=\"face\" aria-hidden=\"true\">\(HTML.escape(first.map(String.init) ?? "·"))</span>"
    }

    static func name(_ user: SimulatedUser, _ english: Bool) -> String {
        let isBlank = user.nickname.unicodeScalars.allSatisfy {
            $0.properties.isWhitespace || $0.properties.isDefaultIgnorableCodePoint
        }
        return isBlank
            ? "<b class=\"blank\">\(english ? "(no visible name)" : "（昵称为空）")</b>"
            : "<b dir=\"auto\">\(HTML.escape(user.nickname))</b>"
    }

    static func page(
        title: String,
        language: String = "zh-CN",
        body: String,
        status: Int = 200,
        framing: Framing = .nobody
    ) -> SimulatorResponse {
        let policy =
            framing == .nobody
            ? "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-src http: https:; "
                + "base-uri 'none'; frame-ancestors 'none'"
            : "default-src 'none'; style-src 'unsafe-inline' https: data:; script-src 'unsafe-inline' http: https:; "
                + "base-uri 'none'"
        return SimulatorResponse(
            status: status,
            headers: [
                (name: "Content-Type", value: "text/html; charset=utf-8"),
                (name: "Cache-Control", value: "no-store"),
                (name: "Content-Security-Policy", value: policy),
                (name: "Referrer-Policy", value: "no-referrer"),
            ],
            body: Array(HTML.page(title: title, language: language, body: body).utf8)
        )
    }
}
