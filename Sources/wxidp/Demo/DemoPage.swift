import Foundation

/// Reads the pages of the provider and the simulator, as much as the check needs.
enum DemoPage {
    struct Form {
        var action: String
        /// The hidden fields and the button that allows.
        var allow: [(String, String)]
    }

    /// The main control when it is a link.
    static func mainLink(in html: String) -> (label: String, href: String)? {
        guard let match = html.firstMatch(of: /<a class="button main" href="([^"]*)">([^<]*)<\/a>/) else { return nil }
        return (unescaped(String(match.2)), unescaped(String(match.1)))
    }

    /// The form of a page, filled in by somebody who allows.
    static func form(in html: String) -> Form? {
        guard let form = html.firstMatch(of: /<form[^>]*action="([^"]*)"[^>]*>/) else { return nil }
        var fields: [(String, String)] = []
        for tag in html[form.range.upperBound...].matches(of: /<(?:input|button)[^>]*>/) {
            guard let name = attribute("name", in: tag.0), let value = attribute("value", in: tag.0) else { continue }
            guard !fields.contains(where: { $0.0 == name }) else { continue }
            fields.append((name, value))
        }
        return Form(action: unescaped(String(form.1)), allow: fields)
    }

    /// The parameters behind `?` or `#`.
    static func values(of address: String) -> [String: String] {
        guard let start = address.firstIndex(where: { $0 == "?" || $0 == "#" }) else { return [:] }
        var values: [String: String] = [:]
        for pair in address[address.index(after: start)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            values[parts[0]] = parts.count == 2 ? parts[1].removingPercentEncoding : ""
        }
        return values
    }

    private static func attribute(_ name: String, in tag: Substring) -> String? {
        guard let start = tag.range(of: " \(name)=\"") else { return nil }
        let rest = tag[start.upperBound...]
        return rest.firstIndex(of: "\"").map { unescaped(String(rest[..<$0])) }
    }

    private static func unescaped(_ text: String) -> String {
        var text = text
        for (entity, character) in [("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")] {
            text = text.replacingOccurrences(of: entity, with: character)
        }
        return text
    }
}
