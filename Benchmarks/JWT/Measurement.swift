/// Runs `operation` for at least the given time on one thread and returns how often it ran per second.
func rate(seconds: Double, _ operation: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    // The clock is read once a batch, so that reading it does not count.
    let batch = 16
    for _ in 0..<batch { try operation() }
    let start = clock.now
    var count = 0
    var elapsed = 0.0
    repeat {
        for _ in 0..<batch { try operation() }
        count += batch
        elapsed = (clock.now - start) / .seconds(1)
    } while elapsed < seconds
    return Double(count) / elapsed
}
