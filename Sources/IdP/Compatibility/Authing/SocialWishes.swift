import Foundation

/// What a start of Authing's SDKs asks for beyond the sign-in itself; kept with it while the person is away.
struct SocialWishes: Codable, Sendable, Equatable {
    /// Origins of pages that may have opened us as a popup and wait for a message; nil where the answer goes by redirect.
    var openers: [String]?
    /// `with_identities=1`: the WeChat accounts behind the person, as far as the application may know them.
    var wantsIdentities = false

    /// As ``SignInRequest/doorNote``.
    var note: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    init(openers: [String]? = nil, wantsIdentities: Bool = false) {
        self.openers = openers
        self.wantsIdentities = wantsIdentities
    }

    /// Reads a note back; a sign-in that began before there were notes asks for nothing.
    init(note: String?) throws {
        self = try note.map { try JSONDecoder().decode(Self.self, from: Data($0.utf8)) } ?? Self()
    }
}
