/// A browser in words a person recognises, read from its `User-Agent`.
///
/// Taken from a closed list, so that nothing a stranger wrote reaches the page of another; a hint, never a security check.
struct BrowserDescription: Sendable, Equatable {
    /// What the browser is called.
    enum Name: String, Sendable, CaseIterable {
        case edge = "Edge"
        case opera = "Opera"
        case samsung = "Samsung Internet"
        case qq = "QQ"
        case firefox = "Firefox"
        case chrome = "Chrome"
        case safari = "Safari"
        case weCom = "WeCom"
        case other
    }

    /// What it runs on.
    enum System: String, Sendable, CaseIterable {
        case windows = "Windows"
        case macOS
        case chromeOS = "ChromeOS"
        case android = "Android"
        case iPhone
        case iPad
        case harmony = "HarmonyOS"
        case linux = "Linux"
        case other
    }

    var name: Name
    var system: System
    /// True for a phone, whose screen it can't scan itself.
    var isPhone: Bool

    /// Longer headers are read as far as this.
    private static let longest = 1024

    // Each of the later names claims to be some of the earlier ones' victims, so the order decides.
    private static let names: [(mark: String, name: Name)] = [
        ("wxwork/", .weCom), ("Edg", .edge), ("OPR/", .opera), ("SamsungBrowser/", .samsung), ("QQBrowser/", .qq),
        ("Firefox/", .firefox), ("FxiOS/", .firefox), ("Chrome/", .chrome), ("CriOS/", .chrome), ("Safari/", .safari),
    ]

    private static let systems: [(mark: String, system: System)] = [
        ("iPhone", .iPhone), ("iPad", .iPad), ("HarmonyOS", .harmony), ("OpenHarmony", .harmony),
        ("Android", .android), ("Windows", .windows), ("CrOS", .chromeOS), ("Macintosh", .macOS), ("Linux", .linux),
    ]

    init(userAgent: String) {
        let text = String(decoding: userAgent.utf8.prefix(Self.longest), as: UTF8.self)
        name = Self.names.first { text.contains($0.mark) }?.name ?? .other
        system = Self.systems.first { text.contains($0.mark) }?.system ?? .other
        isPhone = system == .iPhone || (text.contains("Mobile") && system != .iPad)
    }

    init(name: Name, system: System) {
        (self.name, self.system, isPhone) = (name, system, false)
    }
}
