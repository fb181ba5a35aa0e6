/// Whether connections that shall share their people do so: WeChat gives a unionid only to apps bound to one
/// open-platform account.
struct OpenPlatformCheck: Sendable {
    /// Nil where no database may be opened.
    let database: (any Database)?

    private static let remedy =
        "bind the app: 开放平台 open.weixin.qq.com > 管理中心 > 公众号/小程序 > 绑定 (an official account must be verified, 认证)"

    func findings(_ pool: Pool) async -> [CheckFinding] {
        let named = pool.connections.filter { $0.openPlatform != nil }
        let platforms: [String: [Connection]] = Dictionary(grouping: named) { $0.openPlatform ?? "" }
        var findings: [CheckFinding] = []
        for (platform, connections) in platforms.sorted(by: { $0.key < $1.key }) where connections.count == 1 {
            findings.append(
                CheckFinding(
                    .openPlatform, .warning, "\(pool.id) open_platform \(platform)",
                    "only \(connections[0].id) names it, so that it shares nobody with anybody",
                    remedy: "name it at every connection that is bound to that open-platform account"))
        }
        for connection in pool.connections {
            if let finding = await observed(pool, connection) { findings.append(finding) }
        }
        return findings
    }

    /// What the people who signed in so far say about the binding.
    private func observed(_ pool: Pool, _ connection: Connection) async -> CheckFinding? {
        let name = connection.name(in: pool)
        guard let database else {
            return connection.openPlatform.map { _ in
                CheckFinding(
                    .openPlatform, .skipped, name,
                    "no database is opened here; ask the running provider: GET /check on ops_listen")
            }
        }
        let rows = try? await database.query(
            """
            SELECT COUNT(*) AS people, COUNT(unionid) AS united FROM (
                SELECT unionid FROM wechat_openids WHERE pool = $1 AND app_id = $2 LIMIT 10000) AS recent
            """,
            [.text(pool.id), .text(connection.appID)])
        guard let row = rows?.first, let people = try? row.integer("people"), let united = try? row.integer("united")
        else { return CheckFinding(.openPlatform, .skipped, name, "the database does not answer") }
        switch (connection.openPlatform, people, united) {
        case (_, 0, _): return nil
        case (nil, _, 0): return nil
        case (nil, _, _):
            return CheckFinding(
                .openPlatform, .warning, name,
                "WeChat gives unionids for it (\(united) of \(people)), which are not used",
                remedy: "name the open-platform account: open_platform")
        case (_, _, 0):
            return CheckFinding(
                .openPlatform, .warning, name, "WeChat has given no unionid for any of \(people) people",
                remedy: Self.remedy)
        default:
            return CheckFinding(.openPlatform, .ok, name, "WeChat gives unionids for it (\(united) of \(people))")
        }
    }
}
