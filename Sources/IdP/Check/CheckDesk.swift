import Foundation
import Hummingbird

/// `GET /check` on the operations listener: the same findings, from inside the running provider.
///
/// Whoever asks often gets the last answer: one look a minute is enough, and it costs WeChat calls.
actor CheckDesk {
    static let memory: Duration = .seconds(60)

    private let checkup: Checkup
    private var last: (findings: [CheckFinding], at: Date, uptime: Duration)?
    private var underWay: Task<[CheckFinding], Never>?

    init(_ checkup: Checkup) {
        self.checkup = checkup
    }

    /// The findings, at most a minute old, and when they were made.
    func findings() async -> (findings: [CheckFinding], at: Date) {
        let surroundings = checkup.surroundings
        if let last, surroundings.uptime() - last.uptime < Self.memory { return (last.findings, last.at) }
        let task = underWay ?? Task { [checkup] in await checkup.findings() }
        underWay = task
        let findings = await task.value
        if underWay == task {
            underWay = nil
            last = (findings, surroundings.now(), surroundings.uptime())
        }
        return (findings, last?.at ?? surroundings.now())
    }

    /// 200 with the findings, and 503 when one has failed.
    nonisolated func mount(on router: Router<BasicRequestContext>) {
        router.get("check") { _, _ in
            let (findings, time) = await self.findings()
            return Response.bytes(
                Array(findings.json(at: time).utf8), contentType: "application/json",
                status: findings.isPassing ? .ok : .serviceUnavailable)
        }
    }
}
