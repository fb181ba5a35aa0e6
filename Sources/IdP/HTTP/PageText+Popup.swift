extension PageText {
    /// What a popup says in Chinese while it closes, or when it can't; nil for every other page.
    var popupChinese: Words? {
        switch self {
        case .popupDone:
            .init(heading: "请回到原来的页面", paragraphs: ["本窗口会自动关闭。如果没有关闭，请手动关闭，再返回刚才的页面继续。"], action: nil)
        default: nil
        }
    }

    /// The same in English.
    var popupEnglish: Words? {
        switch self {
        case .popupDone:
            .init(
                heading: "Back to the page you came from",
                paragraphs: [
                    "This window closes by itself. If it does not, please close it and go on at the page that opened it."
                ], action: nil)
        default: nil
        }
    }
}
