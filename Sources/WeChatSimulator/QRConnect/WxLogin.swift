/// `wxLogin.js`, which puts the QR page into a frame of the website: a script of our own with the documented options.
enum WxLogin {
    static let path = "/connect/zh_CN/htmledition/js/wxLogin.js"

    static var response: SimulatorResponse {
        SimulatorResponse(
            status: 200,
            headers: [(name: "Content-Type", value: "text/javascript; charset=utf-8")],
            body: Array(script.utf8)
        )
    }

    /// Values go into the address as they are: the caller encodes `redirect_uri`, as with WeChat's own script.
    private static let script = """
        (function () {
          "use strict";
          var base = new URL(document.currentScript.src).origin;
          function WxLogin(options) {
            var address = base + "/connect/qrconnect?appid=" + options.appid + "&redirect_uri=" + options.redirect_uri
              + "&response_type=code&scope=" + options.scope + "&state=" + (options.state || "") + "&login_type=jssdk"
              + "&self_redirect=" + (options.self_redirect === undefined ? "default" : options.self_redirect)
              + "&styletype=" + (options.stylelite ? 1 : "") + "&sizetype=&bgcolor=&rst="
              + (options.style ? "&style=" + options.style : "") + (options.href ? "&href=" + encodeURIComponent(options.href) : "")
              + (options.fast_login === undefined ? "" : "&fast_login=" + options.fast_login)
              + (options.lang ? "&lang=" + options.lang : "");
            var frame = document.createElement("iframe");
            frame.src = address;
            frame.width = options.stylelite ? "220px" : "300px";
            frame.height = options.stylelite ? "220px" : "400px";
            frame.style.border = "0";
            // Pop-ups are for the simulator's link that stands for scanning; the rest is as WeChat sets it.
            frame.sandbox = "allow-scripts allow-top-navigation allow-same-origin allow-popups allow-popups-to-escape-sandbox";
            frame.allow = "local-network-access";
            frame.onload = function () { if (options.onReady) options.onReady(true); };
            window.addEventListener("message", function listen(event) {
              if (event.source !== frame.contentWindow) return;
              if (event.data && event.data.status === "wxReady" && options.onQRcodeReady) options.onQRcodeReady();
              if (!frame.isConnected) {
                window.removeEventListener("message", listen);
                if (options.onCleanup) options.onCleanup();
              }
            });
            var place = document.getElementById(options.id);
            place.textContent = "";
            place.appendChild(frame);
          }
          window.WxLogin = WxLogin;
        })();
        """
}
