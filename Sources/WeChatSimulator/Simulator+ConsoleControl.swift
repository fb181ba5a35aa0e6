import Foundation

/// `/simulator/push`, `message-check`, `verify-domain` and `jssdk`: what WeChat's servers, console and browser do.
extension Simulator {
    private struct PushOrder: Decodable {
        let app: String
        let event: PushedEvent
        let send: Bool?
    }

    private struct AppOrder: Decodable {
        let app: String
    }

    private struct DomainOrder: Decodable {
        let domain: String
        let file: String
        let content: String
        let httpPort: Int?
        let httpsPort: Int?
    }

    private struct JSSDKOrder: Decodable {
        let app: String
        let url: String
        let nonceStr: String
        let timestamp: String
        let signature: String
    }

    private struct PreparedRequest: Encodable {
        let method: String
        let url: String
        let contentType: String?
        let body: String
    }

    func pushControl(_ request: SimulatorRequest) async -> SimulatorResponse {
        guard let order = try? JSONDecoder().decode(PushOrder.self, from: Data(request.body)) else {
            return Self.refusal(
                400, #"Send {"app": "wx…", "event": {"kind": "user_authorization_revoke", "user": "alice"}}."#)
        }
        do throws(PushProblem) {
            guard order.send ?? true else {
                let request = try pushRequest(order.event, app: order.app)
                return Self.json(
                    PreparedRequest(
                        method: request.method, url: request.url, contentType: request.contentType,
                        body: String(decoding: request.body, as: UTF8.self)))
            }
            return Self.json(try await push(order.event, app: order.app))
        } catch {
            return Self.refusal(error.status, error.explanation)
        }
    }

    func messageCheck(_ request: SimulatorRequest) async -> SimulatorResponse {
        guard let order = try? JSONDecoder().decode(AppOrder.self, from: Data(request.body)) else {
            return Self.refusal(400, #"Send {"app": "wx…"}."#)
        }
        do throws(PushProblem) {
            return Self.json(try await checkMessageServer(app: order.app))
        } catch {
            return Self.refusal(error.status, error.explanation)
        }
    }

    func domainControl(_ request: SimulatorRequest) async -> SimulatorResponse {
        guard let order = try? JSONDecoder().decode(DomainOrder.self, from: Data(request.body)),
            let http = UInt16(exactly: order.httpPort ?? 80), let https = UInt16(exactly: order.httpsPort ?? 443)
        else {
            return Self.refusal(
                400, #"Send {"domain": "id.example.com", "file": "MP_verify_….txt", "content": "…"}."#)
        }
        return Self.json(
            await verifyDomain(
                order.domain, file: order.file, content: order.content, httpPort: Int(http), httpsPort: Int(https)))
    }

    func jssdkControl(_ request: SimulatorRequest) -> SimulatorResponse {
        guard let order = try? JSONDecoder().decode(JSSDKOrder.self, from: Data(request.body)) else {
            return Self.refusal(
                400, #"Send {"app": "wx…", "url": "…", "nonceStr": "…", "timestamp": "1414587457", "signature": "…"}."#)
        }
        let answer = checkJSSDK(
            app: order.app, url: order.url, nonce: order.nonceStr, timestamp: order.timestamp,
            signature: order.signature)
        return Self.json(["errMsg": answer.rawValue])
    }
}

extension Simulator.PushProblem {
    fileprivate var status: Int {
        switch self {
        case .unknownApp, .unknownUser: 404
        case .noMessageServer, .invalidKey: 409
        }
    }

    fileprivate var explanation: String {
        switch self {
        case .unknownApp: "No app has this id."
        case .unknownUser: "No person has this id."
        case .noMessageServer: "The app has no messageServer: see apps."
        case .invalidKey: "encodingAESKey wants 43 characters, the base64 of 32 bytes without its =."
        }
    }
}
