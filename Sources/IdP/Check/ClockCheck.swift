import Foundation

/// Our clock against that of WeChat's servers, by the `Date` of an answer.
struct ClockCheck: Sendable {
    /// From here on people notice: codes, tokens and messages end too early or are not taken.
    static let (warning, failure): (TimeInterval, TimeInterval) = (30, 300)

    let settings: Configuration.WeChatSettings
    let http: any PublicHTTP
    let now: @Sendable () -> Date

    func finding() async -> CheckFinding {
        func finding(_ level: CheckFinding.Level, _ message: String, _ remedy: String? = nil) -> CheckFinding {
            CheckFinding(.clock, level, "clock", message, remedy: remedy)
        }
        guard case .success(let answer) = await http.get(settings.apiURL + "/"), let text = answer.date,
            let date = Self.date(text)
        else { return finding(.skipped, "\(settings.apiURL) tells no time") }
        let difference = now().timeIntervalSince(date)
        let seconds = Int(abs(difference).rounded())
        let text2 = "\(seconds) s \(difference < 0 ? "behind" : "ahead of") WeChat's"
        let remedy = "turn on time synchronisation (timedatectl set-ntp true)"
        if abs(difference) > Self.failure { return finding(.failed, text2, remedy) }
        if abs(difference) > Self.warning { return finding(.warning, text2, remedy) }
        return finding(.ok, "agrees with WeChat's")
    }

    /// RFC 9110 section 5.6.7, the one form that servers send.
    static func date(_ text: String) -> Date? {
        let parts = text.split(separator: " ").map(String.init)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 6, parts[5] == "GMT", let day = Int(digits: parts[1]), let year = Int(digits: parts[3]),
            let month = months.firstIndex(of: parts[2])
        else { return nil }
        let time = parts[4].split(separator: ":").compactMap { Int(digits: $0) }
        guard time.count == 3, (1...31).contains(day), (1970...9999).contains(year), time[0] < 24, time[1] < 60,
            time[2] <= 60
        else { return nil }
        var components = DateComponents()
        (components.year, components.month, components.day) = (year, month + 1, day)
        (components.hour, components.minute, components.second) = (time[0], time[1], time[2])
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(from: components)
    }
}
