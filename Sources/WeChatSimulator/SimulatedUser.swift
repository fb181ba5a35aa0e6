/// A telephone number.
public struct SimulatedPhone: Sendable, Hashable, Codable {
    /// How `countryCode` is written.
    public enum CountryCodeForm: String, Sendable, Hashable, Codable {
        /// As a text, as in WeChat's table of fields.
        case text
        /// As a number, as in the sample beside it.
        case number
    }

    /// Digits, without the country code.
    public var number: String
    /// Digits.
    public var countryCode: String
    /// How ``countryCode`` is written.
    public var countryCodeForm: CountryCodeForm

    /// Describes a number.
    public init(_ number: String, countryCode: String = "86", countryCodeForm: CountryCodeForm = .text) {
        self.number = number
        self.countryCode = countryCode
        self.countryCodeForm = countryCodeForm
    }
}

/// One person with a phone.
public struct SimulatedUser: Sendable, Hashable, Codable {
    /// How `sex` is written.
    public enum Sex: Sendable, Hashable, Codable {
        /// As a number, the present form.
        case number(Int)
        /// As a text, the form of old samples.
        case text(String)
        /// Not at all; `"absent"` in the control's JSON.
        case absent

        /// Reads a number, a text, or `"absent"`.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                let text = try container.decode(String.self)
                self = text == "absent" ? .absent : .text(text)
            }
        }

        /// Writes what ``init(from:)`` reads.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            case .absent: try container.encode("absent")
            }
        }
    }

    /// Names the person in the picker, the cookie and the `SIMULATOR-USER` header; letters, digits and `-`.
    public var id: String
    /// The nickname as JSON writes it well.
    public var nickname: String
    /// Bytes put between the quotation marks instead of ``nickname``, unescaped: real answers are invalid JSON at times.
    public var rawNickname: [UInt8]?
    /// How `sex` is written.
    public var sex: Sex
    /// The picture's address; empty for none, nil leaves the field out.
    public var avatarURL: String?
    /// `privilege`; nil leaves the field out.
    public var privilege: [String]?
    /// Whether `language`, `city`, `province` and `country` are written.
    public var hasRegionFields: Bool
    /// Further fields: name, and value as JSON.
    public var extraFields: [String: String]
    /// Whether the person follows every account; test accounts let nobody else in.
    public var isFollower: Bool
    /// The telephone number that WeChat has proven; nil for none.
    public var phone: SimulatedPhone?

    /// Describes one person.
    public init(
        id: String,
        nickname: String,
        rawNickname: [UInt8]? = nil,
        sex: Sex = .number(0),
        avatarURL: String? = "https://thirdwx.qlogo.cn/mmopen/vi_32/MADEUP/132",
        privilege: [String]? = [],
        hasRegionFields: Bool = true,
        extraFields: [String: String] = [:],
        isFollower: Bool = true,
        phone: SimulatedPhone? = nil
    ) {
        self.id = id
        self.nickname = nickname
        self.rawNickname = rawNickname
        self.sex = sex
        self.avatarURL = avatarURL
        self.privilege = privilege
        self.hasRegionFields = hasRegionFields
        self.extraFields = extraFields
        self.isFollower = isFollower
        self.phone = phone
    }
}

extension SimulatedUser {
    /// An ordinary person, then one for every peculiarity that real profiles show.
    public static let zoo: [SimulatedUser] = [
        SimulatedUser(id: "xiaoming", nickname: "小明🐧", phone: SimulatedPhone("13800138000")),
        SimulatedUser(
            id: "alice",
            nickname: "Alice",
            phone: SimulatedPhone("2025550123", countryCode: "1", countryCodeForm: .number)
        ),
        SimulatedUser(id: "stranger", nickname: "路人甲", isFollower: false),
        SimulatedUser(id: "empty-name", nickname: ""),
        SimulatedUser(id: "blank-name", nickname: "  \u{3000}\u{200B} "),
        SimulatedUser(id: "emoji-only", nickname: "👨‍👩‍👧‍👦🏳️‍🌈"),
        SimulatedUser(id: "right-to-left", nickname: "\u{202E}نام\u{202C}"),
        SimulatedUser(
            id: "control-characters",
            nickname: "铃响",
            rawNickname: Array("铃\u{07}响\u{14}第一行\n第二行".utf8)
        ),
        SimulatedUser(
            id: "escaped-nul",
            nickname: "零",
            rawNickname: Array(#"零\u0000点\ud83d"#.utf8)
        ),
        SimulatedUser(
            id: "broken-utf8",
            nickname: "坏",
            rawNickname: [0xE5, 0x9D, 0x8F, 0xF0, 0x9F, 0x90, 0x41, 0xFF, 0xC3]
        ),
        SimulatedUser(id: "html", nickname: "<script>alert(1)</script>\"'&<b>"),
        SimulatedUser(id: "combining-html", nickname: "\"\u{301}><\u{200D}img src=x onerror=alert(1)>\u{FE0F}"),
        SimulatedUser(id: "json", nickname: #"","errcode":40029,"x":"\"#),
        SimulatedUser(id: "long-name", nickname: String(repeating: "很长的名字🐼", count: 16)),
        SimulatedUser(id: "nobody", nickname: "微信用户", avatarURL: ""),
        SimulatedUser(id: "no-avatar", nickname: "无头像", avatarURL: ""),
        SimulatedUser(
            id: "http-avatar",
            nickname: "旧头像",
            avatarURL: "http://wx.qlogo.cn/mmopen/MADEUP/0"
        ),
        SimulatedUser(id: "text-sex", nickname: "老样本", sex: .text("1")),
        SimulatedUser(
            id: "missing-fields",
            nickname: "缺字段",
            sex: .absent,
            avatarURL: nil,
            privilege: nil,
            hasRegionFields: false
        ),
        SimulatedUser(
            id: "extra-fields",
            nickname: "多字段",
            privilege: ["chinaunicom"],
            extraFields: ["subscribe": "1", "tagid_list": "[128,2]", "nested": #"{"errcode":40029}"#]
        ),
    ]
}
