/// What a simulated WeChat knows at its start.
public struct SimulatorConfiguration: Sendable {
    /// The accounts and apps; their ids must differ.
    public var apps: [SimulatedApp]
    /// The people; the first one is at the phone when nobody else is named.
    public var users: [SimulatedUser]
    /// How it behaves before anything is changed.
    public var behaviour: Behaviour

    /// Describes a simulator; the default people are the profile zoo, the first of them ordinary.
    public init(
        apps: [SimulatedApp],
        users: [SimulatedUser] = SimulatedUser.zoo,
        behaviour: Behaviour = Behaviour()
    ) {
        self.apps = apps
        self.users = users
        self.behaviour = behaviour
    }
}
