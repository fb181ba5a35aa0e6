import Foundation
import JWT

/// Whether WeChat's messages would arrive: asks the endpoint what WeChat asks when 服务器配置 is saved.
struct MessageCheck: Sendable {
    let configuration: Configuration
    let http: any PublicHTTP
    let surroundings: Surroundings

    func findings(_ pool: Pool, _ connection: Connection) async -> [CheckFinding] {
        guard let settings = connection.messages else { return [] }
        let name = connection.name(in: pool)
        let address =
            configuration.publicURL.origin + pool.pathPrefix + "/connections/wechat/messages/\(connection.id)"
        var findings: [CheckFinding] = []
        if settings.encodingKey == nil {
            findings.append(
                CheckFinding(
                    .messages, .warning, name, "messages are taken in the clear, and their signature covers no text",
                    remedy: "设置与开发 > 基本配置 > 服务器配置 > 消息加解密方式: 安全模式 (encrypted), and copy encoding_aes_key"))
        }
        let (timestamp, nonce, echo) = (
            String(Int(surroundings.now().timeIntervalSince1970)), surroundings.hexToken(), surroundings.hexToken()
        )
        let text = [settings.token.exposeSecret(), timestamp, nonce].sorted().joined()
        let signature = SHA1.hash(Array(text.utf8)).hex
        let query = "?signature=\(signature)&timestamp=\(timestamp)&nonce=\(nonce)&echostr=\(echo)"
        if case .success(let answer) = await http.get(address + query), answer.status == 200,
            answer.body == Array(echo.utf8)
        {
            findings.append(
                CheckFinding(
                    .messages, .ok, name,
                    "answers WeChat's address check; enter \(address) in 设置与开发 > 基本配置 > 服务器配置 > URL"))
        } else {
            let level: CheckFinding.Level = configuration.publicURL.isLoopback ? .skipped : .failed
            findings.append(
                CheckFinding(
                    .messages, level, name, "\(address) does not answer WeChat's address check",
                    remedy: "start the provider with this message_token, and let the proxy pass the path and its query")
            )
        }
        return findings
    }
}
