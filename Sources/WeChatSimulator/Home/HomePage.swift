import Foundation

/// The simulator's own page, script-free.
struct HomePage {
    let users: [SimulatedUser]
    let current: String
    let waiting: [QRTickets.Ticket]
    let now: Date
    let scope: Simulator.Scope
    let switches: [String: String]
    let apps: [SimulatedApp]
    let calls: [RecordedCall]
    let token: String
    let english: Bool

    var response: SimulatorResponse {
        Pages.page(
            title: say("微信模拟器", "WeChat simulator"),
            language: english ? "en" : "zh-CN",
            body: """
                <header><h1>\(say("现在是谁在用手机？", "Who holds the phone?"))</h1>
                <p>\(say("选一位测试用户，此浏览器随后以其身份登录。", "Sign-ins from this browser will be theirs."))</p></header>
                <div class="list">\(users.map(person).joined(separator: "\n"))</div>
                \(waitingCodes)
                <section id="clock"><h2>\(say("时钟", "Clock"))</h2>
                <div class="card"><p><time>\(clock)</time> UTC</p>\(clockForms)</div></section>
                <section id="switches"><h2>\(say("行为开关", "Switches"))</h2>\(scopes)\(switchForm)</section>
                <section id="apps"><h2>\(say("应用", "Apps"))</h2>
                <div class="card">\(apps.map(app).joined(separator: "<hr>"))</div></section>
                <section id="calls"><h2>\(say("最近的调用", "Latest calls"))</h2>\(callTable)</section>
                """
        )
    }

    /// A scope as the page's address names it; nil for everyone.
    static func name(of scope: Simulator.Scope) -> String? {
        switch scope {
        case .everyone: nil
        case .app(let id): "app:" + id
        case .user(let id): "user:" + id
        }
    }

    private func say(_ chinese: String, _ english: String) -> String { self.english ? english : chinese }

    private func person(_ user: SimulatedUser) -> String {
        """
        <form method="post" action="/simulator/me">
        <button class="person" name="user" value="\(HTML.escape(user.id))"\
        \(user.id == current ? " aria-current=\"true\"" : "")>\(Pages.face(user))\
        <div>\(Pages.name(user, english))<small>\(HTML.escape(user.id))</small></div></button>
        </form>
        """
    }

    private var waitingCodes: String {
        guard !waiting.isEmpty else { return "" }
        let links = waiting.map { ticket in
            """
            <a class="button" href="/connect/confirm?uuid=\(ticket.uuid)">\(HTML.escape(ticket.app.displayName)) · \
            \(say("扫码", "scan"))</a>
            """
        }
        return """
            <section id="codes"><h2>\(say("等待扫码的二维码", "QR codes waiting for a phone"))</h2>
            <div class="card">\(links.joined(separator: "\n"))</div></section>
            """
    }

    private var clock: String {
        HTML.escape(
            now.formatted(
                .iso8601.year().month().day().dateTimeSeparator(.space).time(includingFractionalSeconds: false)))
    }

    private var clockForms: String {
        let steps: [(Int, String, String)] = [
            (60, "快进 1 分钟", "1 minute on"), (300, "快进 5 分钟", "5 minutes on"),
            (7200, "快进 2 小时", "2 hours on"), (2_592_000, "快进 30 天", "30 days on"),
        ]
        let buttons = steps.map { seconds, chinese, english in
            form("advance", "<input type=\"hidden\" name=\"seconds\" value=\"\(seconds)\">", say(chinese, english))
        }
        return "<div class=\"row\">\(buttons.joined())\(form("now", "", say("回到现在", "Back to now")))</div>"
    }

    private func form(_ action: String, _ fields: String, _ label: String) -> String {
        let scope = Self.name(of: scope) ?? ""
        return """
            <form method="post" action="/simulator/page"><input type="hidden" name="token" value="\(token)">\
            <input type="hidden" name="scope" value="\(HTML.escape(scope))">\(fields)\
            <button name="action" value="\(action)">\(label)</button></form>
            """
    }

    private var scopes: String {
        let names = [nil] + apps.map { "app:" + $0.appID } + users.map { "user:" + $0.id }
        let options = names.map { name in
            "<option value=\"\(HTML.escape(name ?? ""))\"\(name == Self.name(of: scope) ? " selected" : "")>"
                + "\(HTML.escape(name ?? say("所有人", "Everyone")))</option>"
        }
        return """
            <form method="get" action="/" class="card"><label for="scope">\(say("作用于", "For"))</label>
            <select id="scope" name="scope">\(options.joined())</select>
            <button>\(say("显示", "Show"))</button></form>
            """
    }

    private var switchForm: String {
        let groups = SwitchLabels.groups.map { group in
            """
            <details\(group.names.contains("consent") ? " open" : "")><summary>\
            \(say(group.title.chinese, group.title.english))</summary>\(group.names.map(field).joined())</details>
            """
        }
        return form("switches", groups.joined(separator: "\n"), say("保存", "Save"))
            + form("reset", "", say("恢复默认", "Reset"))
    }

    private func field(_ name: String) -> String {
        let label = SwitchLabels.labels[name]
        let value = switches[name] ?? ""
        let text = label.map { say($0.chinese, $0.english) } ?? name
        var options = SwitchLabels.choices[name]
        if options == nil, ["true", "false"].contains(value) { options = ["true", "false"] }
        let input =
            if let options {
                "<select id=\"s-\(name)\" name=\"\(name)\">"
                    + options.map { "<option\($0 == value ? " selected" : "")>\($0)</option>" }.joined() + "</select>"
            } else {
                "<input id=\"s-\(name)\" name=\"\(name)\" value=\"\(HTML.escape(value))\" autocomplete=\"off\">"
            }
        return "<label for=\"s-\(name)\">\(text)<small>\(name)</small></label>\(input)"
    }

    private func app(_ app: SimulatedApp) -> String {
        """
        <div><strong>\(HTML.escape(app.displayName))</strong><small>\(HTML.escape(app.appID)) · \(app.kind.rawValue) · \
        \(HTML.escape(app.redirectHosts.joined(separator: ", ")))</small></div>
        """
    }

    private var callTable: String {
        let rows = calls.map { call in
            "<tr><td>\(call.endpoint.rawValue)</td><td>\(HTML.escape(call.appID ?? ""))</td>"
                + "<td>\(HTML.escape(call.outcome))</td></tr>"
        }
        let table =
            rows.isEmpty
            ? "<p>\(say("还没有调用。", "None yet."))</p>"
            : "<table><tbody>\(rows.joined(separator: "\n"))</tbody></table>"
        return "<div class=\"card\">\(table)</div>\(form("forget", "", say("清空", "Forget them")))"
    }
}
