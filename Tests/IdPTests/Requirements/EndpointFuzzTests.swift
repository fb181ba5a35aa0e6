import Testing

@testable import IdP

/// Hostile forms, queries, headers and bodies against the running provider.
@Suite struct EndpointFuzzTests {
    @Test("are refused, never with a 5xx", arguments: [20_261_121, 20_261_122] as [UInt64])
    func hostile(_ seed: UInt64) async throws {
        try await TestApp.story { app in
            var fuzz = EndpointFuzz(seed: seed)
            try await fuzz.run(app, rounds: 120)
            // It did reach what lies behind the first check.
            #expect((fuzz.statuses[302] ?? 0) + (fuzz.statuses[303] ?? 0) > 20, "\(fuzz.statuses)")
            #expect((fuzz.statuses[400] ?? 0) > 400 && (fuzz.statuses[401] ?? 0) > 20, "\(fuzz.statuses)")
        }
    }

    @Test("too large: a 4xx")
    func large() async throws {
        try await TestApp.story { app in try await EndpointFuzz.largeBodies(app) }
    }
}
