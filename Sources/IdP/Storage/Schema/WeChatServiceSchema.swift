/// WeChat for the operator's other programs: shared tokens, and messages seen.
enum WeChatServiceSchema {
    static let statements: [String] = []
}
