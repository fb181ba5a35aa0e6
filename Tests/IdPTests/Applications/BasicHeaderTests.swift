import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import IdP

/// `Authorization: Basic`, whose two parts are form-encoded first; RFC 6749 section 2.3.1.
@Suite struct BasicHeaderTests {
    static let secret = "s3cr3t&%+: ü"
    static let encodedSecret = "s3cr3t%26%25%2B%3A+%C3%BC"

    /// Asks with one header; the client that was recognised.
    static func client(_ header: String?, form: String = "") throws -> String {
        var fields = HTTPFields()
        fields[.authorization] = header
        let request = Request(
            head: HTTPRequest(method: .post, scheme: "https", authority: "a", path: "/", headerFields: fields),
            body: RequestBody(buffer: ByteBuffer()))
        var application = Application.forTests(try #require(ClientID(rawValue: "web")))
        application.authentication = .clientSecretBasic(Secret(secret))
        var publicClient = application
        publicClient.id = try #require(ClientID(rawValue: "public"))
        publicClient.authentication = .none
        let pool = Pool(
            id: .default, name: "x", connections: [], applications: [application, publicClient],
            defaultApplication: nil, sessionLifetime: .seconds(1))
        return try ClientAuthenticator.bySecret(request, form: try IdP.Parameters(parsing: form), in: pool).id.rawValue
    }

    static func header(_ credentials: String) -> String {
        "Basic " + Data(credentials.utf8).base64EncodedString()
    }

    @Test(
        "is refused",
        arguments: [
            "", ":", "web", "web:", ":\(encodedSecret)", "web:wrong", "web:\(encodedSecret)x",
            "web:\(encodedSecret.dropLast())",
            "WEB:\(encodedSecret)", "web :\(encodedSecret)", "other:\(encodedSecret)", "public:", "public:x",
            "public:\(encodedSecret)", "web:\(secret)", "web:%zz", "%zz:\(encodedSecret)", "web:\(encodedSecret)%00",
            // A parser of forms would cut here.
            "web&x:\(encodedSecret)", "web:\(encodedSecret)&junk", "web&:\(encodedSecret)", "web:\(encodedSecret)&",
            "web&v=public:\(encodedSecret)", "web:x&v=\(encodedSecret)",
            // A combining character hides the `&` from whoever looks for characters.
            "web&\u{301}:\(encodedSecret)", "web:\(encodedSecret)&\u{301}junk", "web:\(encodedSecret)&\u{200D}",
            "web&\u{FE0F}:\(encodedSecret)",
        ])
    func refused(_ credentials: String) throws {
        let error = #expect(throws: OAuthError.self) { try Self.client(Self.header(credentials)) }
        #expect(error?.code == .invalidClient)
        #expect(error?.challenge == .basic)
    }

    @Test(
        "is no header",
        arguments: [
            "", "Basic", "Basic ", "Bearer x", "Basic !!!!", "Basic d2Vi", "Basic d2ViOg", "Basic d2Vi:x",
            "Basic gICAgA==",
            "Basic,Basic", "basicd2ViOng=", "Negotiate x",
        ])
    func malformed(_ header: String) throws {
        let error = #expect(throws: OAuthError.self) { try Self.client(header) }
        #expect(error?.code == .invalidClient)
    }

    @Test("two ways at once are one too many")
    func twoWays() throws {
        let header = Self.header("web:\(Self.encodedSecret)")
        for form in ["client_secret=x", "client_id=public", "client_id=web&client_secret=x", "client_id=WEB"] {
            let error = #expect(throws: OAuthError.self) { try Self.client(header, form: form) }
            #expect(error?.code == .invalidRequest)
        }
        #expect(try Self.client(header, form: "client_id=web") == "web")
    }

    @Test("unknown clients and wrong secrets read alike")
    func alike() throws {
        let errors = ["web:wrong", "nobody:wrong", "public:wrong", "no body:wrong"].map { credentials in
            #expect(throws: OAuthError.self) { try Self.client(Self.header(credentials)) }
        }
        #expect(Set(errors.map { $0?.description ?? "" }).count == 1)
    }

    @Test(
        "every spelling of the right one is taken",
        arguments: [
            "web:\(encodedSecret)", "%77eb:\(encodedSecret)", "web:s3cr3t%26%25%2b%3a%20%c3%bc",
            "web:s3cr3t%26%25%2B:+ü",
        ])
    func accepted(_ credentials: String) throws {
        #expect(try Self.client(Self.header(credentials)) == "web")
        #expect(try Self.client(Self.header(credentials).replacing("Basic", with: "bASIC")) == "web")
    }
}
