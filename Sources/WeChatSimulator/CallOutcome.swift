/// What an API call comes to: the JSON of its answer, or an error.
enum CallOutcome: Sendable {
    case json([UInt8])
    case error(Int)
    /// An error whose text tells more than its number does.
    case explained(Int, String)

    /// `{"errcode":0,"errmsg":"ok"}`.
    static var ok: CallOutcome {
        var json = WireJSON()
        json.addOK()
        return .json(json.finished)
    }

    /// The word that a recorded call shows.
    var name: String {
        switch self {
        case .json: "ok"
        case .error(let number), .explained(let number, _): "\(number)"
        }
    }
}

/// An error number that ends a call.
struct CallProblem: Error {
    let number: Int
    var outcome: CallOutcome { .error(number) }
}

extension WireJSON {
    mutating func addOK() {
        add("errcode", 0)
        add("errmsg", "ok")
    }
}
