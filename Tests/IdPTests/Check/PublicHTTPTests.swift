import AsyncHTTPClient
import Foundation
import HummingbirdTesting
import Testing
import WeChat

@testable import IdP

/// What a stranger gets, over real connections.
@Suite("The check's look from outside", .timeLimit(.minutes(5))) struct PublicHTTPTests {
    private func get(_ address: String) async throws -> Result<PublicAnswer, PublicFailure> {
        let client = HTTPClient(configuration: AsyncHTTPClientTransport.configuration(connectTimeout: .seconds(2)))
        let answer = await AsyncPublicHTTP(client: client).get(address)
        try await client.shutdown()
        return answer
    }

    @Test("bytes come as they are sent, with their status")
    func bytes() async throws {
        try await TestApp.story(over: .live) { app in
            let port = try #require(app.client.port)
            let proof = try await get("http://127.0.0.1:\(port)/MP_verify_abcdefgh12345678.txt").get()
            #expect(proof.status == 200 && proof.body == Array("abcdefgh12345678".utf8))
            #expect(proof.date.flatMap(ClockCheck.date) != nil)
            let missing = try await get("http://127.0.0.1:\(port)/MP_verify_none.txt").get()
            #expect(missing.status == 404)
        }
    }

    @Test("a redirect is not followed")
    func redirect() async throws {
        try await TestApp.story(over: .live) { app in
            let port = try #require(app.client.port)
            let path = AuthorizationRequest("web", ["prompt": "none"]).url
            let answer = try await get("http://127.0.0.1:\(port)\(path)").get()
            #expect((300..<400).contains(answer.status) && answer.location != nil)
        }
    }

    @Test("where nobody listens there is no connection, and an unknown certificate is a failure of TLS")
    func failures() async throws {
        let nobody = try await get("http://127.0.0.1:1/")
        #expect(throws: PublicFailure.unreachable) { try nobody.get() }
        try await TLSListener.with { port in
            let stranger = try await get("https://127.0.0.1:\(port)/")
            #expect(throws: PublicFailure.tls) { try stranger.get() }
        }
    }
}
