/// The pages of signing in with a QR code.
enum QRPages {
    /// What the address asks of the page's looks.
    struct Options: Sendable {
        let english: Bool
        /// Whether the callback loads in the frame of the page, and not in the whole window.
        let selfRedirect: Bool
        /// The small form that shows the code alone and ignores ``styleSheet``.
        let isLite: Bool
        let isWhite: Bool
        let styleSheet: String?

        init(_ parameters: FormParameters) {
            english = parameters["lang"] == "en"
            selfRedirect = parameters["self_redirect"] == "true"
            isLite = parameters["styletype"] == "1" || parameters["stylelite"] == "1"
            isWhite = parameters["style"] == "white"
            let sheet = parameters["href"] ?? ""
            let isTakenOver = sheet.hasPrefix("https://") || sheet.hasPrefix("data:text/css;base64,")
            styleSheet = isTakenOver && !isLite ? sheet : nil
        }
    }

    /// The page at the desktop; anyone may frame it, as websites do.
    static func code(_ ticket: QRTickets.Ticket, _ options: Options) -> SimulatorResponse {
        let english = options.english
        let app = HTML.escape(ticket.app.displayName)
        let sheet = options.styleSheet.map { "<link rel=\"stylesheet\" href=\"\(HTML.escape($0))\">" } ?? ""
        let words =
            options.isLite
            ? ""
            : """
            <h1 class="title">\(english ? "WeChat Login" : "微信登录")</h1>
            <p class="status">\(english
                ? "Open the code's address in another tab: that is how a phone scans it here. \(app) is waiting."
                : "在另一标签页打开二维码的地址，即相当于用手机扫码。\(app) 正在等待。")</p>
            """
        let scanned = english ? "Scanned. Confirm on the phone." : "扫描成功，请在手机上确认。"
        let refused = english ? "Refused. Reload to try again." : "你已取消此次登录，刷新后可再试。"
        let expired = english ? "The code has expired. Reload for a new one." : "二维码已失效，请刷新。"
        return Pages.page(
            title: english ? "WeChat Login" : "微信登录",
            language: english ? "en" : "zh-CN",
            body: """
                \(sheet)\(options.isLite ? compact : "")<div class="card impowerBox\(options.isWhite ? " white" : "")" id="qr" \
                data-uuid="\(ticket.uuid)" data-self="\(options.selfRedirect)" data-scanned="\(scanned)" \
                data-refused="\(refused)" data-expired="\(expired)">
                \(words)
                <a class="qrcode" href="/connect/confirm?uuid=\(ticket.uuid)" target="_blank" rel="noopener" \
                aria-label="\(english ? "Scan this code" : "扫描此二维码")">\(QRPicture.svg(ticket.uuid))</a>
                <p class="info" id="info" role="status" aria-live="polite"></p>
                </div>
                <script>\(script)</script>
                """,
            framing: .anyone
        )
    }

    /// The small form fills a frame of 220 by 220 pixels, and nothing of it scrolls.
    private static let compact = """
        <style>html,body,main{margin:0;padding:0;min-height:0;background:#fff}\
        .card{padding:8px;border-radius:0;gap:0;background:#fff}.card .info{position:absolute;inset:auto 0 4px;margin:0;\
        background:#fff;text-align:center;font-size:12px}.qrcode svg{display:block;width:100%;height:auto;max-height:204px}\
        footer{display:none}</style>
        """

    /// The question on the phone.
    static func question(_ ticket: QRTickets.Ticket, _ user: SimulatedUser, english: Bool) -> SimulatorResponse {
        let app = HTML.escape(ticket.app.displayName)
        return Pages.page(
            title: english ? "Confirm sign-in" : "确认登录",
            language: english ? "en" : "zh-CN",
            body: """
                <h1>\(english ? "Sign in at \(app) on the desktop?" : "在电脑上登录 \(app)？")</h1>
                <div class="card">
                <div class="person">\(Pages.face(user))<div>\(Pages.name(user, english))\
                <small>\(english ? "WeChat profile" : "微信个人信息")</small></div></div>
                </div>
                <form method="post" action="/connect/confirm/decision">
                <input type="hidden" name="uuid" value="\(HTML.escape(ticket.uuid))">
                <button class="main" name="decision" value="allow">\(english ? "Allow" : "同意")</button>
                <button name="decision" value="refuse">\(english ? "Refuse" : "拒绝")</button>
                </form>
                <a class="button" href="/">\(english ? "Somebody else holds the phone" : "换一个人拿手机")</a>
                """
        )
    }

    /// Polls by script elements, as WeChat's page does: it works in a frame that has no origin of its own.
    private static let script = """
        const qr = document.getElementById("qr"), info = document.getElementById("info");
        if (parent !== window) parent.postMessage({type: "status", status: "wxReady"}, "*");
        function poll(last) {
          const old = document.getElementById("poll");
          if (old) old.remove();
          window.wx_errcode = 0;
          window.wx_redirecturl = "";
          const element = document.createElement("script");
          element.id = "poll";
          element.src = "/connect/l/qrconnect?f=url&uuid=" + qr.dataset.uuid + (last ? "&last=" + last : "") + "&_=" + Date.now();
          element.onload = () => {
            switch (window.wx_errcode) {
            case 405:
            case 403:
              if (window.wx_redirecturl) {
                if (qr.dataset.self === "true") location.replace(window.wx_redirecturl);
                else top.location.href = window.wx_redirecturl;
              } else info.textContent = qr.dataset.refused;
              break;
            case 404:
              info.textContent = qr.dataset.scanned;
              setTimeout(poll, 100, 404);
              break;
            case 408:
              setTimeout(poll, 100, last);
              break;
            default:
              info.textContent = qr.dataset.expired;
            }
          };
          element.onerror = () => setTimeout(poll, 5000, last);
          document.body.append(element);
        }
        poll(0);
        """
}
