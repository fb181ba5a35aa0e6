import Foundation
import HTTPTypes
import Hummingbird

/// The pages of a scan sign-in, on both screens.
struct ScanPages: Sendable {
    let renderer: PageRenderer

    // MARK: The desktop

    /// The addresses that the desktop's page leads to.
    struct Links: Sendable {
        /// What stands in the QR code.
        var ticket: String
        /// Where the page goes on.
        var next: String
        /// Where it learns that it is time to.
        var events: String
        /// What else can be done.
        var others: [Page.Link]
    }

    /// The QR code and the number.
    func desktop(
        _ links: Links, number: Int, visit: Visit, language: Language, context: ProviderRequestContext
    ) throws -> Response {
        guard let picture = QRPicture(encoding: links.ticket) else {
            throw PageFailure(
                .connectionMisconfigured, poolName: visit.pool.name, cause: "public_url is too long for a QR code",
                needsOperator: true)
        }
        let words = PageText.scan.words(language)
        let page = Page(
            marker: PageText.scan.rawValue, icon: nil, heading: words.heading, paragraphs: words.paragraphs,
            code: .init(
                picture: picture, label: language.scanPictureLabel, number: String(number),
                numberLabel: language.scanNumberLabel),
            primary: .init(label: words.action ?? words.heading, href: links.next), others: links.others,
            script: .waiting(events: links.events, next: links.next), poolName: visit.pool.name)
        return renderer.response(page, language: language, context: context)
    }

    /// The phone picked another number.
    func wrongNumber(
        again: String, visit: Visit, language: Language, context: ProviderRequestContext
    ) -> Response {
        let words = PageText.scanWrongNumber.words(language)
        let page = Page(
            marker: PageText.scanWrongNumber.rawValue, icon: PageText.scanWrongNumber.icon, heading: words.heading,
            paragraphs: words.paragraphs, primary: .init(label: words.action ?? words.heading, href: again),
            poolName: visit.pool.name)
        return renderer.response(page, language: language, context: context)
    }

    // MARK: The phone

    /// Opened in another browser than WeChat's.
    func outside(here: String?, visit: Visit, context: ProviderRequestContext) -> Response {
        let language = visit.language
        let words = PageText.scanOutside.words(language)
        let page = Page(
            marker: PageText.scanOutside.rawValue, icon: .wechat, heading: words.heading,
            paragraphs: words.paragraphs + (here == nil ? [] : [language.simulatorHint]),
            primary: here.map { .init(label: words.action ?? words.heading, href: $0) }, poolName: visit.pool.name)
        return renderer.response(page, language: language, context: context)
    }

    /// What the person on the phone decides about.
    struct Question: Sendable {
        var record: ScanRecord
        var application: Application
        var action: String
        var token: String
        var now: Date
    }

    /// The desktop's description and the three numbers.
    func question(_ question: Question, visit: Visit, context: ProviderRequestContext) -> Response {
        let language = visit.language
        let words = PageText.scanConfirm.words(language)
        let record = question.record
        let page = Page(
            marker: PageText.scanConfirm.rawValue, icon: nil, heading: words.heading, paragraphs: words.paragraphs,
            details: [
                (language.applicationLabel, question.application.name),
                (language.browserLabel, language.name(of: record.browser.name)),
                (language.systemLabel, language.name(of: record.browser.system)),
                (language.addressLabel, record.address),
                (language.scanTimeLabel, language.ago(question.now.timeIntervalSince(record.createdAt))),
            ],
            form: .init(
                action: question.action, fields: [(FormTokens.field, question.token)],
                choices: .init(
                    name: "number", label: language.scanChoiceLabel,
                    values: record.numbers.offered.map { String($0) }),
                denyLabel: language.denyLabel),
            poolName: visit.pool.name)
        return renderer.response(page, language: language, context: context)
    }

    /// The phone's last page.
    func end(_ text: PageText, visit: Visit, context: ProviderRequestContext) -> Response {
        let words = text.words(visit.language)
        let page = Page(
            marker: text.rawValue, icon: text.icon, heading: words.heading, paragraphs: words.paragraphs,
            poolName: visit.pool.name)
        return renderer.response(page, language: visit.language, context: context)
    }
}
