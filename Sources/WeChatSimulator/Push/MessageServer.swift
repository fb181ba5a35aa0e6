import Foundation

/// The 服务器配置 of an account: where WeChat pushes messages and events to.
public struct SimulatedMessageServer: Sendable, Hashable, Codable {
    /// How messages are sent.
    public enum Mode: String, Sendable, Hashable, Codable {
        /// 明文模式.
        case plain
        /// 兼容模式: the plain message with the encrypted one beside it.
        case both
        /// 安全模式.
        case encrypted
    }

    /// How messages are written.
    public enum Format: String, Sendable, Hashable, Codable {
        /// XML, the only format of official accounts.
        case xml
        /// JSON, which mini programs may choose.
        case json
    }

    /// The address, `http` or `https`.
    public var url: String
    /// The Token of the console: 3 to 32 letters and digits.
    public var token: String
    /// The EncodingAESKey of the console: 43 letters and digits.
    public var encodingAESKey: String
    /// How messages are sent.
    public var mode: Mode
    /// How messages are written.
    public var format: Format

    /// Describes one.
    public init(url: String, token: String, encodingAESKey: String = "", mode: Mode = .plain, format: Format = .xml) {
        self.url = url
        self.token = token
        self.encodingAESKey = encodingAESKey
        self.mode = mode
        self.format = format
    }

    /// Reads one from JSON; what has a default may be left out.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            url: try container.decode(String.self, forKey: .url),
            token: try container.decode(String.self, forKey: .token),
            encodingAESKey: try container.decodeIfPresent(String.self, forKey: .encodingAESKey) ?? "",
            mode: try container.decodeIfPresent(Mode.self, forKey: .mode) ?? .plain,
            format: try container.decodeIfPresent(Format.self, forKey: .format) ?? .xml)
    }
}
