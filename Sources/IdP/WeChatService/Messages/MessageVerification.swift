import Foundation
import JWT
import WeChat

/// Whether a request is WeChat's own, in time, and meant for this connection.
///
/// 接入指南 and 消息加解密说明: SHA-1 over the sorted parts.
struct MessageVerification: Sendable {
    /// How far WeChat's clock may be from ours.
    static let tolerance: TimeInterval = 300

    let settings: MessageSettings
    let appID: AppID
    let now: Date

    /// Why a request was refused; for the log, never for the one who asks.
    enum Refusal: String, Error {
        case parameters = "parameters are missing or repeated"
        case signature = "the signature is wrong: is message_token what WeChat's console shows?"
        case time = "the timestamp is more than five minutes away: is this server's clock right?"
        case body = "the body is no message"
        case notEncrypted =
            "the message is not encrypted, but encoding_aes_key is set: choose 安全模式 or 兼容模式 in the console"
        case noKey = "the message is encrypted, but encoding_aes_key is not set"
        case decryption = "the message can't be decrypted: is encoding_aes_key what WeChat's console shows?"
    }

    /// The parameters that every request of WeChat's carries.
    struct Stamp: Sendable {
        let timestamp: String
        let nonce: String
        let signature: String?
        let encryptedSignature: String?

        init(_ query: Parameters) throws(Refusal) {
            do {
                guard let timestamp = try query["timestamp"], let nonce = try query["nonce"],
                    timestamp.utf8.count <= 20, nonce.utf8.count <= 128
                else { throw Refusal.parameters }
                (self.timestamp, self.nonce) = (timestamp, nonce)
                (signature, encryptedSignature) = (try query["signature"], try query["msg_signature"])
            } catch {
                throw .parameters
            }
        }
    }

    /// What the address check is to be answered with.
    func echo(_ stamp: Stamp, _ echo: String) throws(Refusal) -> [UInt8] {
        guard let encryptedSignature = stamp.encryptedSignature else {
            try check(stamp.signature, [stamp.timestamp, stamp.nonce])
            try checkTime(stamp)
            return Array(echo.utf8)
        }
        try check(encryptedSignature, [stamp.timestamp, stamp.nonce, echo])
        try checkTime(stamp)
        return try decrypted(echo)
    }

    /// The message in a body, decrypted where it is encrypted.
    func message(_ stamp: Stamp, _ body: [UInt8]) throws(Refusal) -> WeChatMessage {
        // The plain signature covers no text, yet it costs a stranger nothing to be refused before anything is read.
        if stamp.encryptedSignature == nil || stamp.signature != nil {
            try check(stamp.signature, [stamp.timestamp, stamp.nonce])
        }
        try checkTime(stamp)
        guard let outer = WeChatMessage(body) else { throw .body }
        guard let encrypted = outer.encrypted else {
            guard settings.encodingKey == nil else { throw .notEncrypted }
            guard stamp.encryptedSignature == nil else { throw .body }
            return outer
        }
        try check(stamp.encryptedSignature, [stamp.timestamp, stamp.nonce, encrypted])
        // In compatible mode (兼容模式) the plain text stands beside; what counts is what the signature covers.
        guard let inner = WeChatMessage(try decrypted(encrypted)) else { throw .body }
        return inner
    }

    private func decrypted(_ text: String) throws(Refusal) -> [UInt8] {
        guard let key = settings.encodingKey else { throw .noKey }
        guard let plain = MessageCipher.decrypt(text, key: key, appID: appID) else { throw .decryption }
        return plain
    }

    private func check(_ signature: String?, _ parts: [String]) throws(Refusal) {
        let sorted = ([settings.token.exposeSecret()] + parts).map { Array($0.utf8) }
            .sorted { $0.lexicographicallyPrecedes($1) }
        let expected = SHA1.hash(sorted.flatMap { $0 }).hex
        guard ConstantTime.equals(Array(expected.utf8), Array((signature ?? "").utf8)) else { throw .signature }
    }

    private func checkTime(_ stamp: Stamp) throws(Refusal) {
        guard let seconds = Int(digits: stamp.timestamp),
            abs(Double(seconds) - now.timeIntervalSince1970) <= Self.tolerance
        else { throw .time }
    }
}
