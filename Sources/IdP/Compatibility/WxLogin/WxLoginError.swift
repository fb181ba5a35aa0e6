import HTTPTypes
import Hummingbird
import JWT
import WeChat

/// An error of `wx_login_middleware`: four members, with its codes, statuses and messages.
///
/// Contract: the crate's `src/core/login.rs` and `src/axum/mod.rs`.
struct WxLoginError: Error, Sendable {
    enum Code: String, Sendable, CaseIterable {
        case parseGetParamsFail = "parse-get-params-fail"
        case parsePostJSONFail = "parse-post-json-fail"
        case unexpectedHTTPMethod = "unexpected-http-method"
        case appIDNotFound = "appid-not-found"
        case callFail = "jscode2session-call-fail"
        case responseFail = "jscode2session-resp-fail"
        case sessionKeyInvalidBase64 = "session-key-invalid-base64"
        case innerServiceFail = "inner-service-fail"
        case authLoginSessionFail = "auth-login-session-fail"

        var status: HTTPResponse.Status {
            switch self {
            case .parseGetParamsFail, .parsePostJSONFail: .badRequest
            case .appIDNotFound, .responseFail, .authLoginSessionFail: .unauthorized
            case .unexpectedHTTPMethod, .callFail, .sessionKeyInvalidBase64, .innerServiceFail: .internalServerError
            }
        }

        var message: String { self == .authLoginSessionFail ? "登录会话验证失败" : "登录验证失败" }
    }

    var code: Code
    /// For the program's author; no address, code, token or secret.
    var detail = ""

    init(_ code: Code, _ detail: String = "") {
        self.code = code
        self.detail = detail
    }

    /// What the crate answers when WeChat gives no session, with the number that it loses.
    init(_ failure: AppSignInFailure) {
        switch failure {
        case .weChat(.api(let error)):
            self.init(
                .responseFail,
                "errcode \(error.code.number)" + (error.message.isEmpty ? "" : ": \(error.message)")
                    + (error.rid.map { ", rid \($0)" } ?? ""))
        case .weChat(.transport(let reason)): self.init(.callFail, WeChatError.transport(reason).description)
        case .weChat(let error): self.init(.responseFail, error.description)
        case .blocked: self.init(.authLoginSessionFail, "the account is blocked")
        case .notAPerson: self.init(.responseFail, "WeChat named no person")
        case .wrongKind: self.init(.appIDNotFound)
        case .busy: self.init(.callFail, "too many logins at once")
        }
    }

    var response: Response {
        .json(
            [
                "status": .integer(Int64(code.status.code)), "code": .string(code.rawValue),
                "message": .string(code.message), "detail": .string(detail),
            ], status: code.status)
    }
}
