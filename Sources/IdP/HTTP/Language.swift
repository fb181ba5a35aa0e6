/// The two languages of every page.
enum Language: String, Sendable, Codable {
    case chinese = "zh-CN"
    case english = "en"

    /// Picks by `ui_locales` (blank-separated, best first), else by `Accept-Language`, else Chinese.
    static func preferred(uiLocales: String?, acceptLanguage: String?) -> Language {
        uiLocales.flatMap { Language(list: $0) }
            ?? ranked(acceptLanguage ?? "").lazy.compactMap(Language.init(tag:)).first ?? .chinese
    }

    /// The first language of a `ui_locales` list that is one of ours.
    init?(list: String) {
        let known = list.split(separator: " ").lazy.compactMap { Language(tag: String($0)) }.first
        guard let known else { return nil }
        self = known
    }

    init?(tag: String) {
        let primary = tag.lowercased().split(separator: "-").first
        switch primary {
        case "zh": self = .chinese
        case "en": self = .english
        default: return nil
        }
    }

    /// The tags of an `Accept-Language` header, most wanted first.
    ///
    /// RFC 9110 section 12.5.4.
    private static func ranked(_ header: String) -> [String] {
        let entries = header.prefix(512).split(separator: ",").prefix(16).compactMap {
            entry -> (tag: String, weight: Double)? in
            let parts = entry.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard let tag = parts.first else { return nil }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return weight > 0 ? (tag, weight) : nil
        }
        return entries.enumerated()
            .sorted { ($0.element.weight, -$0.offset) > ($1.element.weight, -$1.offset) }
            .map(\.element.tag)
    }
}
