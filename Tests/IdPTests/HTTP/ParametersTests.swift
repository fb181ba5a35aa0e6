import Testing

@testable import IdP

/// Queries and form bodies, decoded strictly.
@Suite struct ParametersTests {
    @Test(
        "broken percent-encoding is refused, in names and in values",
        arguments: [
            "a=%", "a=%4", "a=%zz", "a=%4g", "a=%g4", "%=1", "%4=1", "a=%%34", "a=%u0041", "a=1&b=%", "a=%+1", "a=%-1",
            "a=% 1",
        ])
    func brokenEncoding(_ text: String) {
        #expect(throws: Parameters.Failure.malformed) { try Parameters(parsing: text) }
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [
            "a=%FF", "a=%80", "a=%C0%AF", "a=%C3", "a=%E4%BD", "a=%ED%A0%80", "a=%F4%90%80%80", "a=%F8%88%80%80%80",
            "%FF=1",
            "a=%C1%81", "a=%E0%80%AF",
        ])
    func notUTF8(_ text: String) {
        #expect(throws: Parameters.Failure.malformed) { try Parameters(parsing: text) }
    }

    @Test("U+0000 is refused however it is written", arguments: ["a=%00", "a=x%00y", "%00=x", "a=\u{0}", "a\u{0}=1"])
    func nul(_ text: String) {
        #expect(throws: Parameters.Failure.malformed) { try Parameters(parsing: text) }
    }

    @Test("a repeated parameter is refused when it is read, and not before")
    func repeated() throws {
        let parameters = try Parameters(parsing: "state=1&scope=openid&state=2&%73cope=x")
        #expect(throws: Parameters.Failure.repeated("state")) { try parameters["state"] }
        #expect(throws: Parameters.Failure.repeated("scope")) { try parameters["scope"] }
        #expect(try parameters["nonce"] == nil)
    }

    @Test("even two equal values are a repetition")
    func repeatedAlike() throws {
        let parameters = try Parameters(parsing: "a=1&a=1")
        #expect(throws: Parameters.Failure.repeated("a")) { try parameters["a"] }
    }

    @Test("there is a limit to their number, whether they have values or not")
    func tooMany() throws {
        func text(_ count: Int, _ value: String) -> String {
            (0..<count).map { "p\($0)\(value)" }.joined(separator: "&")
        }
        for value in ["=1", "=", ""] {
            #expect(throws: Parameters.Failure.tooMany) {
                try Parameters(parsing: text(Parameters.limit + 1, value))
            }
            _ = try Parameters(parsing: text(Parameters.limit, value))
        }
        #expect(try Parameters(parsing: text(Parameters.limit, "=x"))["p\(Parameters.limit - 1)"] == "x")
    }

    @Test(
        "an empty value counts as absent, also beside another",
        arguments: [
            "", "&", "&&&", "a", "a=", "=", "=x", "&a=&", "b=1&a",
        ])
    func absent(_ text: String) throws {
        #expect(try Parameters(parsing: text)["a"] == nil)
    }

    @Test("an empty one beside a full one is no repetition")
    func emptyBesideFull() throws {
        #expect(try Parameters(parsing: "a=&a=1&a")["a"] == "1")
    }

    @Test(
        "what stands there is what is read",
        arguments: [
            ("a=b", "b"), ("a=b+c", "b c"), ("a=b%2Bc", "b+c"), ("a=b%20c", "b c"), ("a=b=c", "b=c"), ("a==", "="),
            ("a=%26%3D%25", "&=%"), ("a=%e4%bd%a0%E5%A5%BD", "你好"), ("a=你好", "你好"), ("%61=b", "b"),
            ("a=%0d%0a", "\r\n"),
            ("a=%F0%9F%98%80", "😀"), ("a=%2500", "%00"), ("a=b;c=d", "b;c=d"), ("a=%EF%BB%BFx", "\u{FEFF}x"),
            ("x=1&a=b&y=2", "b"), ("a=b?c#d", "b?c#d"),
        ])
    func values(_ text: String, _ value: String) throws {
        let read = try #require(try Parameters(parsing: text)["a"])
        #expect(Array(read.utf8) == Array(value.utf8))
    }

    @Test("names are compared byte for byte")
    func names() throws {
        let parameters = try Parameters(parsing: "State=1&state%20=2&caf%C3%A9=3&cafe%CC%81=4&a+b=5")
        #expect(try parameters["state"] == nil)
        #expect(try parameters["a b"] == "5")
        #expect(try parameters["state "] == "2")
    }

    @Test(
        "what we encode, every decoder reads back",
        arguments: [
            "", "a b+c", "&=%#?/", "你好😀", "\u{7F}\u{1}\r\n", "a\u{301}\u{200D}", "-_.~", "\"<>'",
        ])
    func roundTrip(_ text: String) throws {
        let encoded = PercentEncoding.encode(text)
        #expect(encoded.utf8.allSatisfy { $0.isAlphanumeric || "-_.~%".utf8.contains($0) })
        #expect(try Parameters(parsing: "v=\(encoded)x")["v"] == text + "x")
    }

    @Test("a query leaves out what has no value, and keeps what is empty")
    func query() {
        #expect(
            PercentEncoding.query([("code", "a b"), ("state", nil), ("iss", ""), ("x", "&")]) == "code=a%20b&iss=&x=%26"
        )
    }
}
