import HTTPTypes
import Hummingbird
import JWT

/// Texts that a program sent as JSON or as a form, by name.
enum ContractBody {
    /// No body of these contracts needs more.
    static let limit = 16 << 10

    /// Why a body could not be read; a text for the program that sent it, which repeats nothing of it.
    struct Failure: Error {
        var text: String
    }

    /// The texts of a body; members of a JSON object that are no texts count as absent, and so do empty ones.
    static func read(_ request: Request) async throws(Failure) -> [String: String] {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        let bytes = try await bytes(request)
        switch type {
        case "application/json": return try json(bytes)
        case "application/x-www-form-urlencoded":
            guard let text = String(validating: bytes, as: UTF8.self) else { throw Failure(text: "not UTF-8") }
            return try form(text)
        default: throw Failure(text: "the body must be application/json or application/x-www-form-urlencoded")
        }
    }

    /// The parameters of a query or of a form.
    static func form(_ text: String) throws(Failure) -> [String: String] {
        do {
            return try Parameters(parsing: text).unique()
        } catch {
            throw Failure(text: "the parameters are malformed or repeated")
        }
    }

    private static func json(_ bytes: [UInt8]) throws(Failure) -> [String: String] {
        guard let object = try? JSON.parse(bytes).objectValue else { throw Failure(text: "not a JSON object") }
        var texts: [String: String] = [:]
        for (name, value) in object {
            // U+0000 is no character that a database takes.
            guard let text = value.stringValue, !text.isEmpty, !text.utf8.contains(0) else { continue }
            texts[name] = text
        }
        return texts
    }

    private static func bytes(_ request: Request) async throws(Failure) -> [UInt8] {
        var request = request
        do {
            return Array(try await request.collectBody(upTo: limit).readableBytesView)
        } catch {
            throw Failure(text: "the body is too long or breaks off")
        }
    }
}
