/// Values by key, of which the oldest are forgotten: a simulator under a benchmark must not grow for ever.
struct Recent<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// When there are more, the older half goes.
    static var limit: Int { 20_000 }

    private var values: [Key: Value] = [:]
    /// Keys in the order of their coming, those of removed values among them.
    private var order: [Key] = []

    var count: Int { values.count }

    subscript(key: Key) -> Value? {
        get { values[key] }
        set {
            guard let newValue else {
                values[key] = nil
                return
            }
            guard values.updateValue(newValue, forKey: key) == nil else { return }
            order.append(key)
            guard order.count > Self.limit else { return }
            for old in order.prefix(Self.limit / 2) { values[old] = nil }
            order.removeFirst(Self.limit / 2)
        }
    }

    mutating func removeValue(forKey key: Key) -> Value? { values.removeValue(forKey: key) }
}
