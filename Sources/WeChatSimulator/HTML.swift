/// Text made safe for HTML, text and attribute values alike.
enum HTML {
    /// Works on bytes: by characters, `"` followed by U+0301 or `<` followed by U+200D would be another character and
    /// slip through.
    static func escape(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
            case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
            case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
            case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
            case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A whole page; `title` is escaped here, `body` is HTML already.
    static func page(title: String, language: String = "zh-CN", body: String) -> String {
        """
        <!doctype html>
        <html lang="\(language)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
        <meta name="color-scheme" content="light dark">
        <title>\(escape(title))</title>
        <style>\(style)</style>
        </head>
        <body>
        <main>
        \(body)
        </main>
        <footer>微信模拟器 · WeChat simulator</footer>
        </body>
        </html>
        """
    }

    private static let style = """
        :root{color-scheme:light dark;--back:#ededed;--card:#fff;--text:#191919;--quiet:#6b6b6b;--line:#e3e3e3;
        --green:#07c160;--plain:#fff}
        @media (prefers-color-scheme:dark){:root{--back:#111;--card:#1e1e1e;--text:#ededed;--quiet:#9a9a9a;
        --line:#303030;--plain:#2c2c2c}}
        *{box-sizing:border-box}
        body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;background:var(--back);
        color:var(--text);font:17px/1.5 -apple-system,BlinkMacSystemFont,"PingFang SC","Noto Sans CJK SC",
        "Noto Sans SC","Microsoft YaHei",system-ui,sans-serif;-webkit-text-size-adjust:100%}
        main{flex:1;width:100%;max-width:420px;margin:0 auto;padding:32px 20px;display:flex;flex-direction:column;gap:20px}
        header{display:flex;flex-direction:column;gap:6px}
        h1{font-size:21px;line-height:1.4;margin:0;font-weight:600;text-wrap:balance}
        p{margin:0;color:var(--quiet);font-size:15px;overflow-wrap:anywhere}
        small{color:var(--quiet);font-size:13px;line-height:1.4}
        .card{background:var(--card);border-radius:12px;padding:20px;display:flex;flex-direction:column;gap:16px}
        .person{display:flex;align-items:center;gap:12px;min-width:0}
        .person b{display:block;font-weight:500;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;min-height:1.5em}
        .person div{min-width:0}
        .person b.blank{color:var(--quiet);font-weight:400}
        .person small{display:block}
        .face{flex:none;width:48px;height:48px;border-radius:8px;background:#576b95;color:#fff;font-size:22px;
        display:flex;align-items:center;justify-content:center;overflow:hidden}
        hr{border:0;border-top:1px solid var(--line);margin:0;width:100%}
        form{display:flex;flex-direction:column;gap:12px;margin:0}
        button,a.button{display:flex;align-items:center;justify-content:center;min-height:48px;width:100%;padding:0 16px;
        border:0;border-radius:8px;font:inherit;font-weight:500;background:var(--plain);color:var(--text);cursor:pointer;
        text-decoration:none}
        button.main,a.main{background:var(--green);color:#fff}
        button:focus-visible,a:focus-visible{outline:3px solid #576b95;outline-offset:2px}
        button.person{justify-content:flex-start;text-align:left;min-height:72px;padding:12px 16px;
        background:var(--card);border-radius:0}
        .card button,.card a.button{background:var(--back)}
        .list{background:var(--card);border-radius:12px;overflow:hidden}
        .list form{gap:0;border-bottom:1px solid var(--line)}.list form:last-child{border:0}
        .list [aria-current]::after{content:"";flex:none;width:8px;height:16px;margin:-4px 6px 0 auto;
        border:solid var(--green);border-width:0 3px 3px 0;transform:rotate(45deg)}
        iframe{border:0;width:100%;flex:1;min-height:280px;background:var(--card);border-radius:12px}
        h2{font-size:17px;margin:12px 0 8px}
        section{display:flex;flex-direction:column;gap:12px}
        .row{display:flex;flex-wrap:wrap;gap:8px}.row form{flex:1 1 130px}
        label{display:flex;flex-direction:column;font-size:15px}
        select,input:not([type=hidden]){width:100%;min-height:44px;padding:0 12px;border:1px solid var(--line);
        border-radius:8px;background:var(--card);color:inherit;font:inherit;font-size:16px}
        details{background:var(--card);border-radius:12px;padding:0 20px}
        details[open]{padding-bottom:20px}
        details[open]>label{margin:12px 0 4px}
        summary{min-height:48px;display:flex;align-items:center;cursor:pointer;font-weight:500}
        table{border-collapse:collapse;font-size:13px;width:100%;overflow-wrap:anywhere}
        td{padding:6px 4px;border-bottom:1px solid var(--line);vertical-align:top}
        .card small{display:block;overflow-wrap:anywhere}
        footer{padding:16px;text-align:center;color:var(--quiet);font-size:12px}
        """
}
