import Foundation

/// Adding and changing apps and people while the simulator runs: `/simulator/apps/{appid}`, `/simulator/users/{id}`.
extension Simulator {
    /// How many of each there may be.
    static let registryLimit = 1000

    /// Adds an app, or replaces the one with its id.
    public func setApp(_ app: SimulatedApp) { apps[app.appID] = app }

    /// Removes an app; codes and tokens given out for it are refused from then on.
    public func removeApp(_ appID: String) { apps[appID] = nil }

    /// Adds a person, or replaces the one with that id.
    public func setUser(_ user: SimulatedUser) {
        if let index = users.firstIndex(where: { $0.id == user.id }) { users[index] = user } else { users.append(user) }
    }

    /// Removes a person.
    public func removeUser(_ id: String) { users.removeAll { $0.id == id } }

    func appControl(_ id: String, _ request: SimulatorRequest) -> SimulatorResponse {
        guard let change = Registration(request, exists: apps[id] != nil, isFull: apps.count >= Self.registryLimit)
        else { return Self.refusal(404, "No app has this id.") }
        switch change {
        case .refused(let response): return response
        case .shown: break
        case .removed:
            removeApp(id)
            return Self.json(["removed": id])
        case .created(let patch), .changed(let patch):
            guard Self.isRegistrable(id) else { return Self.refusal(400, "An AppID has letters, digits and - only.") }
            let isNew = if case .created = change { true } else { false }
            let secret = RandomText.characters(32, Array("0123456789abcdef".utf8)[...], draw)
            let start = isNew ? SimulatedApp(appID: id, secret: secret) : apps[id]
            do {
                var app = try JSONPatch.apply(patch, to: start ?? SimulatedApp(appID: id, secret: secret))
                app.appID = id
                setApp(app)
            } catch {
                return Self.refusal(400, "app: " + error.explanation)
            }
        }
        guard let app = apps[id] else { return Self.refusal(404, "No app has this id.") }
        return Self.json(ShownApp(app))
    }

    func userControl(_ id: String, _ request: SimulatorRequest) -> SimulatorResponse {
        let current = users.first { $0.id == id }
        guard let change = Registration(request, exists: current != nil, isFull: users.count >= Self.registryLimit)
        else { return Self.refusal(404, "No person has this id.") }
        switch change {
        case .refused(let response): return response
        case .shown: break
        case .removed:
            removeUser(id)
            return Self.json(["removed": id])
        case .created(let patch), .changed(let patch):
            guard Self.isRegistrable(id) else { return Self.refusal(400, "An id has letters, digits and - only.") }
            let isNew = if case .created = change { true } else { false }
            let blank = SimulatedUser(id: id, nickname: id)
            do {
                var user = try JSONPatch.apply(patch, to: isNew ? blank : current ?? blank)
                user.id = id
                setUser(user)
            } catch {
                return Self.refusal(400, "user: " + error.explanation)
            }
        }
        guard let user = users.first(where: { $0.id == id }) else { return Self.refusal(404, "No person has this id.") }
        return Self.json(user)
    }

    private static func isRegistrable(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || byte == UInt8(ascii: "-")
            }
    }
}

/// What a request wants with one app or person.
private enum Registration {
    case shown
    case created([UInt8])
    case changed([UInt8])
    case removed
    case refused(SimulatorResponse)

    /// nil when it concerns nothing that there is.
    init?(_ request: SimulatorRequest, exists: Bool, isFull: Bool) {
        switch (request.method, exists) {
        case ("PUT", false) where isFull: self = .refused(Simulator.refusal(409, "There are too many already."))
        case ("PUT", _): self = .created(request.body)
        case ("PATCH", true): self = .changed(request.body)
        case ("GET", true): self = .shown
        case ("DELETE", true): self = .removed
        case ("PATCH", false), ("GET", false), ("DELETE", false): return nil
        default: self = .refused(Simulator.refusal(405, "GET, PUT, PATCH or DELETE."))
        }
    }
}

/// An app without its secrets, which may be real ones.
struct ShownApp: Encodable {
    let appID: String
    let kind: SimulatedApp.Kind
    let displayName: String
    let openPlatform: String?
    let redirectHosts: [String]
    let jsHosts: [String]
    let forceHTTPS: Bool
    let isTestAccount: Bool
    let scopes: [String]
    let allowedAddresses: [String]?
    let messageURL: String?

    init(_ app: SimulatedApp) {
        appID = app.appID
        kind = app.kind
        displayName = app.displayName
        openPlatform = app.openPlatform
        redirectHosts = app.redirectHosts
        jsHosts = app.jsHosts
        forceHTTPS = app.forceHTTPS
        isTestAccount = app.isTestAccount
        scopes = app.scopes.sorted()
        allowedAddresses = app.allowedAddresses
        messageURL = app.messageServer?.url
    }
}

extension JSONPatch.Problem {
    var explanation: String {
        switch self {
        case .notAnObject: "it is no JSON object."
        case .unknownField(let name): "there is no field \(name)."
        case .invalidValue: "a value does not fit its field."
        }
    }
}
