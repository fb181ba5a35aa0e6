import Foundation

/// `/simulator/miniprogram/…` and `/simulator/mobile/code`: what a phone's WeChat hands out, over HTTP.
extension Simulator {
    private struct ClientOrder: Decodable {
        let app: String
        let user: String?
        let content: OpenData.Content?
        let flaw: OpenData.Flaw?
        let state: String?
        let decision: Decision?
    }

    private enum Decision: String, Decodable {
        case allow, refuse, cancel
    }

    /// As the documents of the mobile SDK describe `SendAuth.Resp`.
    private struct SendAuthAnswer: Encodable {
        let errCode: Int
        var code: String?
        var state: String?
        let lang = "zh_CN"
        let country = "CN"
    }

    /// `login`, `profile` or `phone`.
    func miniProgram(_ action: String, _ request: SimulatorRequest) -> SimulatorResponse {
        guard let order = try? JSONDecoder().decode(ClientOrder.self, from: Data(request.body)) else {
            return Self.refusal(
                400, #"Send {"app": "wx…", "user": "alice"}, for profile also "content" and "flaw"."#)
        }
        do throws(ClientProblem) {
            switch action {
            case "login":
                return Self.json(["errMsg": "login:ok", "code": try loginCode(app: order.app, user: order.user)])
            case "profile":
                return Self.json(
                    try encryptedProfile(
                        app: order.app, user: order.user, content: order.content ?? .userInfo, flaw: order.flaw))
            case "phone":
                return Self.json([
                    "errMsg": "getPhoneNumber:ok", "code": try phoneCode(app: order.app, user: order.user),
                ])
            default:
                return Self.refusal(404, "A mini program has login, profile and phone.")
            }
        } catch {
            return Self.refusal(error.status, error.explanation)
        }
    }

    /// What an app on the phone gets from `SendAuth`.
    func sendAuth(_ request: SimulatorRequest) -> SimulatorResponse {
        guard let order = try? JSONDecoder().decode(ClientOrder.self, from: Data(request.body)),
            (order.state ?? "").utf8.count <= 1024
        else {
            return Self.refusal(
                400,
                #"Send {"app": "wx…", "user": "alice", "state": "…", "decision": "allow"}, state of 1024 bytes at most."#
            )
        }
        do throws(ClientProblem) {
            switch order.decision ?? .allow {
            case .allow:
                let code = try mobileCode(app: order.app, user: order.user)
                return Self.json(SendAuthAnswer(errCode: 0, code: code, state: order.state))
            case .refuse: return Self.json(SendAuthAnswer(errCode: -4, state: order.state))
            case .cancel: return Self.json(SendAuthAnswer(errCode: -2, state: order.state))
            }
        } catch {
            return Self.refusal(error.status, error.explanation)
        }
    }
}

extension Simulator.ClientProblem {
    var status: Int {
        switch self {
        case .unknownApp, .unknownUser: 404
        case .wrongKind, .noPhoneNumber, .notLoggedIn: 409
        }
    }

    var explanation: String {
        switch self {
        case .unknownApp: "No app has this id."
        case .unknownUser: "No person has this id."
        case .wrongKind(let kind): "This is for other apps: the app is of kind \(kind.rawValue)."
        case .noPhoneNumber: "The person has no phone number."
        case .notLoggedIn: "No session key yet: call miniprogram/login first."
        }
    }
}
