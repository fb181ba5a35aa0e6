import Foundation
import Hummingbird
import JWT
import Logging
import Testing

@testable import IdP

@Suite("What stands on standard error, and what happens when nothing can")
struct LogLineTests {
    /// Day and time in UTC, with milliseconds.
    private static var time: Regex<Substring> { #/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/# }

    /// One request through the provider's middlewares, logged as the process would.
    private static func answerOne(_ format: Configuration.LogFormat) async throws {
        let handlers = LogHandlers.make(format: format, level: .notice)
        var logger = Logger(label: "wxidp", factory: handlers)
        logger.logLevel = .info
        _ = try await PageStand().answer(path: "/here?code=s3cr3t", logger: logger) { _, context in
            context.logger.notice("two\nlines", metadata: ["name": "a \"b\"", "number": "17"])
            return Response(status: .accepted)
        }
    }

    /// The lines of one run, each once.
    private func lines(_ result: ExitTest.Result?) throws -> [String] {
        let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
        return text.split(separator: "\n").map(String.init).filter { $0.contains("two") || $0.contains("answered") }
    }

    @Test("a readable line begins with day and time in UTC, then the level")
    func text() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            try await Self.answerOne(.text)
        }
        let lines = try lines(result)
        #expect(lines.count == 2)
        for line in lines {
            #expect(line.prefix(24).wholeMatch(of: Self.time) != nil && line.dropFirst(24).first == " ", "\(line)")
        }
        let first = try #require(lines.first).dropFirst(25)
        #expect(first.hasPrefix("notice two lines name=\"a \\\"b\\\"\" number=17 request="), "\(first)")
        let second = try #require(lines.last).dropFirst(25)
        #expect(second.hasPrefix("info answered method=GET ms="), "\(second)")
        #expect(second.hasSuffix("route=/here status=202"), "\(second)")
        #expect(!lines.joined().contains("s3cr3t"))
    }

    @Test("a JSON line holds numbers as numbers, and everything else as text")
    func json() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            try await Self.answerOne(.json)
        }
        let lines = try lines(result).map { try JSON.parse(Array($0.utf8)) }
        #expect(lines.count == 2)
        let first = try #require(lines.first)
        #expect(first["message"]?.stringValue == "two\nlines" && first["level"]?.stringValue == "notice")
        #expect(first["name"]?.stringValue == "a \"b\"" && first["number"]?.stringValue == "17")
        let second = try #require(lines.last)
        #expect(second["status"]?.integerValue == 202 && second["ms"]?.integerValue != nil)
        #expect(second["route"]?.stringValue == "/here" && second["method"]?.stringValue == "GET")
        for line in [first, second] {
            let time = try #require(line["time"]?.stringValue)
            #expect(time.wholeMatch(of: Self.time) != nil)
            #expect(line["request"]?.stringValue?.count == 16 && line["hb.request.id"] == nil)
        }
    }

    @Test("the service outlives a log that nobody reads any more")
    func readerGone() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_IGN)
            let pipe = Pipe()
            dup2(pipe.fileHandleForWriting.fileDescriptor, 2)
            try pipe.fileHandleForReading.close()
            for format in [Configuration.LogFormat.text, .json] { try await Self.answerOne(format) }
        }
    }

    @Test("and a log that is closed")
    func closed() async {
        await #expect(processExitsWith: .success) {
            close(2)
            for format in [Configuration.LogFormat.text, .json] { try await Self.answerOne(format) }
        }
    }
}
