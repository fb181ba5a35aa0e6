import Foundation
import HTTPTypes
import Hummingbird
import JWT
import Mustache

/// Escapes texts for HTML by UTF-8 bytes.
///
/// The library's own escaping works on grapheme clusters, so a quote followed by a combining character passes through
/// unescaped; and nicknames come from strangers.
struct HTMLBytesContentType: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): escaped += "&amp;".utf8
            case UInt8(ascii: "<"): escaped += "&lt;".utf8
            case UInt8(ascii: ">"): escaped += "&gt;".utf8
            case UInt8(ascii: "\""): escaped += "&quot;".utf8
            case UInt8(ascii: "'"): escaped += "&#39;".utf8
            default: escaped.append(byte)
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}

/// Puts pages into the one layout, with the headers that keep them safe.
struct PageRenderer: Sendable {
    private let template: MustacheTemplate
    private let style: String
    private let contentSecurityPolicy: String
    private let waiting: String

    /// Reads the templates that were compiled in.
    init() throws {
        MustacheContentTypes.register(HTMLBytesContentType(), named: "HTML-BYTES")
        let layout = try EmbeddedFiles.text("pages/page.mustache")
        style = try EmbeddedFiles.text("pages/layout.css")
        template = try MustacheTemplate(string: "{{% CONTENT_TYPE: HTML-BYTES}}" + layout)
        // The sheet stands in the page itself, so the policy names its hash and nothing else may load.
        contentSecurityPolicy =
            "default-src 'none'; style-src '\(Self.hash(of: style))'; base-uri 'none'"
        waiting = try EmbeddedFiles.text("pages/waiting.js")
    }

    /// The script of a page whose form goes off by itself.
    private static let submission = "document.forms[0].submit()"
    /// Out of a frame, and nowhere when there is none.
    private static let leaving =
        "if (top !== self) top.location.replace(document.querySelector('a.main').href)"

    /// The script of a popup: tells its opener, which reads nothing unless its origin is a target, and closes.
    ///
    /// What it tells stands in the page, so that the script is the same for everybody and the policy can name its hash.
    private static let telling = """
        (function () {
          function contents(name) {
            return Array.from(document.querySelectorAll('meta[name="' + name + '"]'), function (meta) {
              meta.remove()
              return meta.content
            })
          }
          var messages = contents('wxidp-message')
          var targets = contents('wxidp-target')
          if (!window.opener) return
          messages.forEach(function (message) {
            targets.forEach(function (target) { window.opener.postMessage(JSON.parse(message), target) })
          })
          window.close()
        })()
        """

    private static func hash(of text: String) -> String {
        "sha256-" + Data(SHA256.hash(Array(text.utf8))).base64EncodedString()
    }

    private static func object(_ form: Page.Form) -> [String: Any] {
        var object: [String: Any] = [
            "action": form.action, "fields": form.fields.map { ["name": $0.name, "value": $0.value] },
        ]
        object["input"] = form.input.map { ["name": $0.name, "label": $0.label, "value": $0.value] }
        object["choices"] = form.choices.map { choices in
            [
                "label": choices.label,
                "buttons": choices.values.map { ["name": choices.name, "value": $0] },
            ] as [String: Any]
        }
        object["allowLabel"] = form.allowLabel
        object["denyLabel"] = form.denyLabel
        object["continueLabel"] = form.continueLabel
        return object
    }

    func response(_ page: Page, language: Language, context: ProviderRequestContext) -> Response {
        var object: [String: Any] = [
            "lang": language.rawValue, "title": page.heading, "style": style, "marker": page.marker,
            "heading": page.heading,
            "paragraphs": page.paragraphs.map { ["phrases": Self.phrases($0)] },
            "details": page.details.map { ["label": $0.label, "value": $0.value] },
            "entries": page.entries.map {
                ["label": $0.label, "value": $0.value, "choice": Self.object($0.form)] as [String: Any]
            },
            "requestID": context.requestID, "requestIDLabel": language.requestIDLabel,
        ]
        if let icon = page.icon { object[icon.rawValue] = true }
        object["poolName"] = page.poolName
        object["code"] = page.code.map {
            [
                "side": String($0.picture.side), "path": $0.picture.path, "label": $0.label, "number": $0.number,
                "numberLabel": $0.numberLabel,
            ]
        }
        object["frame"] = page.frame.map { ["address": $0.address, "title": $0.title] }
        object["primary"] = page.primary.map { link(page, $0) }
        object["secondary"] = page.secondary.map { link(page, $0) }
        object["others"] = page.others.map { link(page, $0) }
        object["form"] = page.form.map(Self.object)
        object["message"] = page.message.map { ["text": $0.text, "targets": $0.targets] as [String: Any] }
        var policy = contentSecurityPolicy
        if let frame = page.frame { policy += "; frame-src \(frame.sources.joined(separator: " "))" }
        if let script = script(of: page, &object) {
            object["script"] = script
            policy += "; script-src '\(Self.hash(of: script))'"
        }
        var response = Response.bytes(
            Array(template.render(object).utf8), contentType: "text/html; charset=utf-8", status: page.status)
        if case .waiting = page.script { policy += "; connect-src 'self'" }
        if case .leavingFrame = page.script {
            policy += "; frame-ancestors 'self'"
            response.headers[.xFrameOptions] = "SAMEORIGIN"
        } else {
            policy += "; frame-ancestors 'none'"
        }
        // No form-action: browsers apply it to every redirect after the form too, so an application that redirects
        // again after its own callback would break. Nothing else on the page can submit.
        response.headers[.contentSecurityPolicy] = policy
        response.headers[.contentLanguage] = language.rawValue
        response.headers[.vary] = "Accept-Language"
        return response
    }

    private func link(_ page: Page, _ link: Page.Link) -> [String: Any] {
        var object: [String: Any] = ["label": link.label, "href": link.href]
        // Inside a frame a plain link would stay there.
        if case .leavingFrame = page.script { object["target"] = "_top" }
        if link.opensTab { object["target"] = "_blank" }
        return object
    }

    /// The one script of a page, if it has any; what it needs to know stands in its attributes, so that its hash is fixed.
    private func script(of page: Page, _ object: inout [String: Any]) -> String? {
        switch page.script {
        case .waiting(let events, let next):
            (object["events"], object["next"]) = (events, next)
            return waiting
        case .leavingFrame: return Self.leaving
        case nil: return page.message != nil ? Self.telling : page.form?.submitsItself == true ? Self.submission : nil
        }
    }

    /// A paragraph in pieces that end at Chinese punctuation, so that a line breaks there and not inside a word, and none
    /// begins with a comma.
    private static func phrases(_ paragraph: String) -> [String] {
        var phrases = [""]
        for character in paragraph {
            phrases[phrases.count - 1].append(character)
            if "，。；：！？".contains(character) { phrases.append("") }
        }
        return phrases.filter { !$0.isEmpty }
    }

    func response(_ failure: PageFailure, request: Request, context: ProviderRequestContext) -> Response {
        let language =
            failure.language
            ?? Language.preferred(uiLocales: nil, acceptLanguage: request.headers[.acceptLanguage])
        let words = failure.text.words(language)
        let primary = failure.retry.flatMap { href in words.action.map { Page.Link(label: $0, href: href) } }
        let page = Page(
            marker: failure.text.rawValue, status: failure.status, icon: failure.text.icon, heading: words.heading,
            paragraphs: words.paragraphs, primary: primary, poolName: failure.poolName)
        return response(page, language: language, context: context)
    }
}
