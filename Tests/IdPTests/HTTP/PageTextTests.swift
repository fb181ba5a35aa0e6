import Testing

@testable import IdP

/// What people read, in both languages.
@Suite struct PageTextTests {
    private static let languages = [Language.chinese, .english]

    @Test("has a heading and at least one paragraph", arguments: PageText.allCases)
    func complete(_ text: PageText) {
        for language in Self.languages {
            let words = text.words(language)
            #expect(!words.heading.isEmpty)
            #expect(!words.paragraphs.isEmpty)
            #expect(words.paragraphs.allSatisfy { !$0.isEmpty })
            #expect(words.action?.isEmpty != true)
        }
        #expect(text.words(.chinese).heading != text.words(.english).heading)
        #expect((text.words(.chinese).action == nil) == (text.words(.english).action == nil))
        #expect(text.words(.chinese).paragraphs.count == text.words(.english).paragraphs.count)
    }

    @Test("says what to do next", arguments: PageText.allCases)
    func next(_ text: PageText) {
        let chinese = ["请", "点", "可以", "返回", "使用"]
        let english = [
            "please", "check", "go back", "you can", "you may", "tap", "tell", "allow", "send", "will be used",
            "should check",
        ]
        let words = text.words(.chinese).paragraphs.joined() + (text.words(.chinese).action ?? "")
        #expect(chinese.contains { words.contains($0) }, "\(words)")
        let sentences =
            (text.words(.english).paragraphs.joined(separator: " ") + " " + (text.words(.english).action ?? ""))
            .lowercased()
        #expect(english.contains { sentences.contains($0) }, "\(sentences)")
    }

    @Test("each language is itself", arguments: PageText.allCases)
    func languages(_ text: PageText) {
        let chinese = text.words(.chinese)
        for piece in [chinese.heading] + chinese.paragraphs + [chinese.action].compactMap({ $0 }) {
            #expect(piece.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, "\(piece)")
            // Chinese has its own punctuation; ASCII's looks wrong beside it.
            #expect(!piece.contains { ",;:!?\"()".contains($0) }, "\(piece)")
        }
        let english = text.words(.english)
        for piece in [english.heading] + english.paragraphs + [english.action].compactMap({ $0 }) {
            // WeChat's own button is named as it is written there.
            let own = piece.replacing("“使用完整服务”", with: "")
            #expect(!own.unicodeScalars.contains { (0x2E80...0x9FFF).contains($0.value) }, "\(piece)")
            #expect(!piece.contains("'"), "a typewriter's apostrophe: \(piece)")
        }
        #expect(chinese.paragraphs.allSatisfy { $0.hasSuffix("。") })
        #expect(english.paragraphs.allSatisfy { $0.hasSuffix(".") })
        #expect(!chinese.heading.hasSuffix("。") && !english.heading.hasSuffix("."))
    }

    @Test("the main control says what it does in words that are promised", arguments: PageText.allCases)
    func controls(_ text: PageText) {
        if let action = text.words(.chinese).action {
            #expect(["微信", "登录", "继续", "同意"].contains { action.contains($0) }, "\(action)")
        }
        if let action = text.words(.english).action {
            #expect(["WeChat", "Sign in", "Continue", "Allow"].contains { action.contains($0) }, "\(action)")
        }
    }

    @Test("a marker is one word that scripts can rely on, and no two are alike")
    func markers() {
        let markers = PageText.allCases.map(\.rawValue)
        #expect(Set(markers).count == markers.count)
        #expect(markers.allSatisfy { $0.utf8.allSatisfy { $0.isLowerAlphanumeric || $0 == 0x2D } })
    }

    @Test("labels around the page exist in both languages and differ")
    func labels() {
        let labels: [KeyPath<Language, String>] = [
            \.requestIDLabel, \.skipLabel, \.denyLabel, \.applicationLabel, \.returnAddressLabel, \.simulatorHint,
        ]
        for label in labels {
            #expect(!Language.chinese[keyPath: label].isEmpty && !Language.english[keyPath: label].isEmpty)
            #expect(Language.chinese[keyPath: label] != Language.english[keyPath: label])
        }
    }
}
