/// A person's profile at WeChat.
///
/// Source: api_snsuserinfo. Region and sex have been empty and 0 for everyone since 2021-10-20.
public struct UserInfo: Sendable, Equatable {
    /// The person, under this AppID; the same as was asked for.
    public let openID: OpenID
    /// The name as the person wrote it, without control characters; may be empty, long, blank, or hold HTML.
    public let nickname: String
    /// 1 male, 2 female, 0 unknown.
    public let sex: Int
    /// The picture over https; dies when the person changes it.
    ///
    /// Its last path part is the size.
    public let avatarURL: String?
    /// The person, under the open-platform account.
    public let unionID: UnionID?
    /// Marks of the person's phone contract and the like; normally none.
    public let privilege: [String]
    /// The language of ``country`` and so on, as WeChat says it.
    public let language: String?
    /// Empty nowadays.
    public let country: String
    /// Empty nowadays.
    public let province: String
    /// Empty nowadays.
    public let city: String

    /// Describes one profile.
    public init(
        openID: OpenID,
        nickname: String,
        sex: Int = 0,
        avatarURL: String? = nil,
        unionID: UnionID? = nil,
        privilege: [String] = [],
        language: String? = nil,
        country: String = "",
        province: String = "",
        city: String = ""
    ) {
        self.openID = openID
        self.nickname = nickname
        self.sex = sex
        self.avatarURL = avatarURL
        self.unionID = unionID
        self.privilege = privilege
        self.language = language
        self.country = country
        self.province = province
        self.city = city
    }

    /// The name to show: nil when it is empty, blank, or the `微信用户` that WeChat puts for nobody in particular.
    public var displayName: String? {
        let isBlank = nickname.unicodeScalars.allSatisfy { scalar in
            let properties = scalar.properties
            return properties.isWhitespace || properties.isDefaultIgnorableCodePoint
                || properties.generalCategory == .format || properties.generalCategory == .control
        }
        return isBlank || nickname == "微信用户" ? nil : nickname
    }

    /// The language in which WeChat should write a region.
    public enum Language: String, Hashable, Sendable, CaseIterable {
        /// Simplified Chinese.
        case zhCN = "zh_CN"
        /// Traditional Chinese.
        case zhTW = "zh_TW"
        /// English.
        case en
    }
}

extension UserInfo {
    init(_ answer: AnswerObject) throws(UnreadableAnswer) {
        self.init(
            openID: OpenID(rawValue: try answer.identifier("openid")),
            nickname: answer.optionalText("nickname") ?? "",
            sex: answer.number("sex") ?? 0,
            avatarURL: Self.secureAddress(answer.optionalText("headimgurl") ?? ""),
            unionID: try answer.optionalIdentifier("unionid").map(UnionID.init(rawValue:)),
            privilege: answer.texts("privilege"),
            language: answer.optionalText("language"),
            country: answer.optionalText("country") ?? "",
            province: answer.optionalText("province") ?? "",
            city: answer.optionalText("city") ?? ""
        )
    }

    /// The picture's address over https; nil for none, and for what is not a plain web address.
    static func secureAddress(_ text: String) -> String? {
        let forbidden = Set("\"'<>\\`".utf8)
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !forbidden.contains($0) })
        else { return nil }
        for scheme in ["https://", "http://"] where text.prefix(scheme.count).lowercased() == scheme {
            let rest = text.dropFirst(scheme.count)
            return rest.isEmpty ? nil : "https://" + rest
        }
        return nil
    }
}
