import HTTPTypes
import Hummingbird

/// What a person decides about a device.
struct DeviceQuestion: Sendable {
    var code: UserCode
    var application: Application
    var scopes: [String]
    var session: Session
    var visit: Visit
}

/// The pages of the device flow.
struct DevicePages: Sendable {
    let renderer: PageRenderer

    /// The page that takes the code.
    func ask(
        _ text: PageText, prefilled: UserCode?, visit: Visit, context: ProviderRequestContext,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        let language = visit.language
        let words = text.words(language)
        let page = Page(
            marker: text.rawValue, status: status, icon: text.icon, heading: words.heading,
            paragraphs: words.paragraphs,
            form: .init(
                action: "\(visit.pool.pathPrefix)/oidc/device",
                input: .init(name: "user_code", label: language.deviceCodeLabel, value: prefilled?.display ?? ""),
                continueLabel: words.action ?? words.heading),
            poolName: visit.pool.name)
        return renderer.response(page, language: language, context: context)
    }

    /// The page that asks for the decision.
    func confirm(_ question: DeviceQuestion, ticket: String, context: ProviderRequestContext) -> Response {
        let language = question.visit.language
        let words = PageText.deviceConfirm.words(language)
        let page = Page(
            marker: PageText.deviceConfirm.rawValue, icon: PageText.deviceConfirm.icon, heading: words.heading,
            paragraphs: words.paragraphs,
            details: [
                (language.applicationLabel, question.application.name),
                (language.deviceCodeLabel, question.code.display),
                (language.scopesLabel, language.describe(scopes: question.scopes)),
            ].filter { !$0.1.isEmpty },
            form: .init(
                action: "\(question.visit.pool.pathPrefix)/oidc/device/confirm", fields: [("ticket", ticket)],
                allowLabel: words.action ?? words.heading, denyLabel: language.denyLabel),
            poolName: question.visit.pool.name)
        return renderer.response(page, language: language, context: context)
    }

    /// The last page: there is nothing left to do here.
    func end(_ text: PageText, visit: Visit, context: ProviderRequestContext) -> Response {
        let words = text.words(visit.language)
        let page = Page(
            marker: text.rawValue, icon: text.icon, heading: words.heading, paragraphs: words.paragraphs,
            poolName: visit.pool.name)
        return renderer.response(page, language: visit.language, context: context)
    }
}
