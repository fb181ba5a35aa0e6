import Testing

@testable import IdP

/// Which of the two languages a visitor reads.
@Suite struct LanguageTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var uiLocales: String?
        var accept: String?
        var language: Language
        var testDescription: String { "ui_locales \(uiLocales ?? "-"), Accept-Language \(accept ?? "-")" }

        init(_ uiLocales: String?, _ accept: String?, _ language: Language) {
            (self.uiLocales, self.accept, self.language) = (uiLocales, accept, language)
        }
    }

    static let rows: [Row] = [
        // Nothing usable: Chinese.
        Row(nil, nil, .chinese), Row("", "", .chinese), Row(nil, "fr", .chinese), Row("fr de", "ja", .chinese),
        Row(nil, "*", .chinese), Row(nil, ",,;;q=,", .chinese), Row(nil, "english", .chinese),
        Row(nil, "-", .chinese), Row("-", nil, .chinese), Row(nil, "en;q=0", .chinese),
        Row(nil, "en;q=0.000", .chinese),
        Row(nil, "en;q=nan", .chinese), Row(nil, "en;q=-1", .chinese), Row(nil, "x-en", .chinese),
        // The header, by weight, then by place.
        Row(nil, "en", .english), Row(nil, "en-US,en;q=0.9,zh;q=0.8", .english), Row(nil, "EN-gb", .english),
        Row(nil, "zh-CN,zh;q=0.9,en;q=0.8", .chinese), Row(nil, "zh;q=0.5, en;q=0.8", .english),
        Row(nil, "en;q=0.5, zh;q=0.8", .chinese), Row(nil, "zh-Hant-TW, en", .chinese), Row(nil, "en, zh", .english),
        Row(nil, "fr, de;q=0.9, en;q=0.1", .english), Row(nil, "zh;q=0, en;q=0.1", .english),
        Row(nil, "zh;q=0.3,en;q=0.3", .chinese), Row(nil, " en ; q=0.9 , zh ; q=0.1 ", .english),
        Row(nil, "en;Q=0.1, zh;Q=0.9", .chinese), Row(nil, "zh;Q=0.1, en;Q=0.9", .english),
        // What the application asks for goes first.
        Row("en", "zh-CN", .english), Row("zh", "en", .chinese), Row("fr en zh", "zh", .english),
        Row("en-GB", nil, .english), Row("zh-HK en", "en", .chinese), Row("fr", "en", .english),
    ]

    @Test("is chosen", arguments: rows)
    func choice(_ row: Row) {
        #expect(Language.preferred(uiLocales: row.uiLocales, acceptLanguage: row.accept) == row.language)
    }

    @Test("a header without end is not read to its end")
    func long() {
        let header = String(repeating: "fr,", count: 100_000) + "en"
        #expect(Language.preferred(uiLocales: nil, acceptLanguage: header) == .chinese)
    }
}
