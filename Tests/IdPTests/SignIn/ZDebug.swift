import Testing
import WeChatSimulator

@testable import IdP

@Test func zdebug() async throws {
    try await TestApp.story { app in
        await app.simulator.setBehaviour { $0.snapshotMarkOnRealUser = true }
        let page = try await Browser(app, languages: "en").open(AuthorizationRequest("web").url)
        print(page.text.suffix(1200))
        let text = page.text.firstRange(of: "<body>").map { page.text[$0.upperBound...] } ?? ""
        print("COUNT", page.text.count, text.count, text.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) })
    }
}
