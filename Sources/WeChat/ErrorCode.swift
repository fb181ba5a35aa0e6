/// The error numbers of WeChat's sign-in calls.
///
/// Source: 全局返回码 and the error tables of the API pages.
public enum ErrorCode: Hashable, Sendable {
    /// -1: WeChat is busy; whether a code was consumed is unknown.
    case systemBusy
    /// -1000: same family as -1, rare.
    case systemError
    /// 40001: wrong AppSecret on token calls, bad access token on others.
    case invalidCredential
    /// 40002: wrong `grant_type`.
    case invalidGrantType
    /// 40003: the openid is not of this AppID, or does not fit the token.
    case invalidOpenID
    /// 40013: unknown AppID.
    case invalidAppID
    /// 40014: malformed access token, or one of another kind.
    case invalidAccessToken
    /// 40029: forged, damaged or foreign code.
    case invalidCode
    /// 40030: unknown or expired refresh token.
    case invalidRefreshToken
    /// 40066: path or url argument refused.
    case invalidURL
    /// 40125: wrong AppSecret, or AppID.
    case invalidAppSecret
    /// 40163: the code was exchanged before.
    case codeUsed
    /// 40164: our address is not in the allow-list.
    case ipNotAllowed
    /// 40226: a high-risk user, refused by WeChat.
    case codeBlocked
    /// 40243: the AppSecret was frozen in the console.
    case appSecretFrozen
    /// 41001: no access token.
    case accessTokenMissing
    /// 41002: no AppID.
    case appIDMissing
    /// 41003: no refresh token.
    case refreshTokenMissing
    /// 41004: no AppSecret.
    case appSecretMissing
    /// 41005: no media data.
    case mediaDataMissing
    /// 41006: no media id.
    case mediaIDMissing
    /// 41007: no submenu.
    case submenuMissing
    /// 41008: no code.
    case codeMissing
    /// 41009: no openid.
    case openIDMissing
    /// 42001: the access token is expired.
    case accessTokenExpired
    /// 42002: the refresh token is expired.
    case refreshTokenExpired
    /// 42003: the code is expired.
    case codeExpired
    /// 42007: the person changed the WeChat password, which voids all their tokens.
    case tokenInvalidated
    /// 43001: GET is required.
    case getRequired
    /// 43002: POST is required.
    case postRequired
    /// 43003: https is required.
    case httpsRequired
    /// 45009: the daily quota is used up.
    case dailyQuotaReached
    /// 45011: the quota of this minute is used up.
    case minuteQuotaReached
    /// 45035: our address is not in the allow-list.
    case clientIPNotAllowed
    /// 48001: the token has `snsapi_base` only, or the account lacks the permission.
    case apiUnauthorized
    /// 48004: the API is banned for this account.
    case apiForbidden
    /// 48017: the request came over addresses that WeChat retired.
    case retiredAddress
    /// 50001: the person has not authorized this.
    case userUnauthorized
    /// 50002: the person's account is frozen, closed or punished.
    case userLimited
    /// 50005: the person does not follow the account.
    case notFollower
    /// 61004: third-party platform, permission missing.
    case componentPermissionMissing
    /// 61007: third-party platform, not granted to the component.
    case componentNotGranted
    /// 61023: third-party platform, refresh token invalid.
    case componentRefreshTokenInvalid
    /// 61024: the AppID is a third-party platform's.
    case componentTokenRequired
    /// 76001: no request of this rid.
    case ridNotFound
    /// 76004: the rid is too old.
    case ridTooOld
    /// 87009: the session key is stale.
    case invalidSignature
    /// 89503: an administrator must confirm our address.
    case ipNeedsConfirmation
    /// 89506: an administrator refused our address.
    case ipRefused
    /// 89507: an administrator refused our address for now.
    case ipRefusedForNow
    /// A number that no table of sign-in errors lists; made by ``init(number:)``, which knows the listed ones.
    case unlisted(Int)

    /// All cases with their numbers, in order of the number.
    public static let listed: [(number: Int, code: ErrorCode)] = [
        (-1000, .systemError), (-1, .systemBusy), (40001, .invalidCredential), (40002, .invalidGrantType),
        (40003, .invalidOpenID), (40013, .invalidAppID), (40014, .invalidAccessToken), (40029, .invalidCode),
        (40030, .invalidRefreshToken), (40066, .invalidURL), (40125, .invalidAppSecret), (40163, .codeUsed),
        (40164, .ipNotAllowed), (40226, .codeBlocked), (40243, .appSecretFrozen), (41001, .accessTokenMissing),
        (41002, .appIDMissing), (41003, .refreshTokenMissing), (41004, .appSecretMissing), (41005, .mediaDataMissing),
        (41006, .mediaIDMissing), (41007, .submenuMissing), (41008, .codeMissing), (41009, .openIDMissing),
        (42001, .accessTokenExpired), (42002, .refreshTokenExpired), (42003, .codeExpired), (42007, .tokenInvalidated),
        (43001, .getRequired), (43002, .postRequired), (43003, .httpsRequired), (45009, .dailyQuotaReached),
        (45011, .minuteQuotaReached), (45035, .clientIPNotAllowed), (48001, .apiUnauthorized), (48004, .apiForbidden),
        (48017, .retiredAddress), (50001, .userUnauthorized), (50002, .userLimited), (50005, .notFollower),
        (61004, .componentPermissionMissing), (61007, .componentNotGranted), (61023, .componentRefreshTokenInvalid),
        (61024, .componentTokenRequired), (76001, .ridNotFound), (76004, .ridTooOld), (87009, .invalidSignature),
        (89503, .ipNeedsConfirmation), (89506, .ipRefused), (89507, .ipRefusedForNow),
    ]

    private static let byNumber = Dictionary(uniqueKeysWithValues: listed.map { ($0.number, $0.code) })
    private static let numbers = Dictionary(uniqueKeysWithValues: listed.map { ($0.code, $0.number) })

    /// The case of a number; ``unlisted(_:)`` when no table has it.
    public init(number: Int) { self = Self.byNumber[number] ?? .unlisted(number) }

    /// The number of the case.
    public var number: Int {
        if case .unlisted(let number) = self { number } else { Self.numbers[self] ?? 0 }
    }
}
