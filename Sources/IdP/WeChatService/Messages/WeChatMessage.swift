import Foundation
import JWT
import WeChat

/// A message of WeChat's, as its fields: XML or, where the console says so, JSON.
struct WeChatMessage: Sendable {
    private let fields: [String: String]

    /// Reads either form; nil for anything that is neither.
    init?(_ bytes: [UInt8]) {
        let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let read = first == UInt8(ascii: "{") ? Self.json(bytes) : WeChatXML.fields(bytes)
        guard let read else { return nil }
        fields = read
    }

    private static func json(_ bytes: [UInt8]) -> [String: String]? {
        guard bytes.count <= WeChatXML.maximumSize,
            let object = try? JSON.parse(bytes, maximumDepth: WeChatXML.maximumDepth).objectValue,
            object.count <= WeChatXML.maximumElements
        else { return nil }
        var fields: [String: String] = [:]
        for (name, value) in object {
            // WeChat's own samples have blanks within the quotes.
            let name = name.trimmingCharacters(in: .whitespaces)
            guard let text = value.stringValue ?? value.integerValue.map({ String($0) }) else { continue }
            guard fields.updateValue(text, forKey: name) == nil else { return nil }
        }
        return fields
    }

    subscript(name: String) -> String? {
        fields[name].map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The encrypted message inside this one.
    var encrypted: String? { self["Encrypt"] }

    /// What a repetition of this message has too.
    ///
    /// WeChat's advice is MsgId, or FromUserName with CreateTime; but the events about people all come from one
    /// FromUserName, so who and what they are about belongs to it.
    var identity: String {
        if let id = self["MsgId"] { return "id \(id)" }
        let names = ["FromUserName", "CreateTime", "Event", "EventKey", "OpenID", "AppID", "RevokeInfo"]
        return "event " + names.map { self[$0] ?? "" }.joined(separator: " ")
    }
}

/// A person has taken something back (授权用户信息变更).
struct AuthorizationChange: Sendable, Equatable {
    /// What shall be forgotten.
    enum Extent: Sendable, Equatable {
        /// Nickname and picture, which WeChat has found unfit; the person stays signed in.
        case unfitProfile
        /// These parts of what we keep, and everything issued.
        case parts(Set<Part>)
        /// All that we keep about the person, and everything issued; they may come back.
        case everything
        /// The same, and who they were: the WeChat account is closed.
        case closedAccount
    }

    /// What we keep that a person may take back alone.
    enum Part: Sendable, CaseIterable {
        case profile, phoneNumber, email, address
    }

    var openID: OpenID
    var extent: Extent

    /// Nil for every other message, for another app's, and for one without a person.
    init?(_ message: WeChatMessage, appID: AppID) {
        guard message["MsgType"]?.lowercased() == "event", message["AppID"] == appID.rawValue,
            let openID = message["OpenID"]
        else { return nil }
        self.openID = OpenID(rawValue: openID)
        switch message["Event"] {
        case "user_info_modified": extent = .unfitProfile
        case "user_authorization_revoke": extent = Self.extent(of: message["RevokeInfo"])
        case "user_authorization_cancellation": extent = .closedAccount
        default: return nil
        }
    }

    /// Of H5 pages 201 to 207 and of mini programs 1 to 20; anything else may be everything, as 301 is.
    private static func extent(of info: String?) -> Extent {
        let numbers = (info ?? "").split { !$0.isNumber }.map { Int($0) ?? -1 }
        guard !numbers.isEmpty else { return .everything }
        var parts: Set<Part> = []
        for number in numbers {
            switch number {
            case 6, 19, 20, 205: parts.insert(.profile)
            case 8: parts.insert(.phoneNumber)
            case 16: parts.insert(.email)
            case 2, 201: parts.insert(.address)
            // Number plate, invoice, Bluetooth, microphone, camera, steps, place, files: nothing that we keep.
            case 1, 3...5, 7, 12...15, 18, 202...204, 206, 207: continue
            default: return .everything
            }
        }
        return .parts(parts)
    }
}
