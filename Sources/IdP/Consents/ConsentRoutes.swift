import HTTPTypes
import Hummingbird

/// `/oidc/consents`: what a person has allowed other people's applications, to be looked at and withdrawn.
struct ConsentRoutes: Sendable {
    let pools: PoolDirectory
    let visits: VisitReader
    let consents: RememberedConsents
    let formTokens: FormTokens
    let pages: PageRenderer
    let surroundings: Surroundings

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.getAndHead("oidc/consents", use: list)
        group.post("oidc/consents", use: withdraw)
    }

    @Sendable private func list(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let visit = try await visits.visit(request, pool: pool)
        let locales = try? Parameters(parsing: request.uri.query ?? "")["ui_locales"]
        let language = locales.flatMap { Language(list: $0) } ?? visit.language
        guard let session = visit.session else {
            return page(.consentsSignedOut, [], pool, language, context)
        }
        let token = formTokens.token(.consents, for: session)
        let entries = try await consents.all(of: session.userID, in: pool.id).map { consent in
            Page.Entry(
                label: pool.application(consent.clientID)?.name ?? consent.clientID.rawValue,
                value: language.describe(scopes: consent.scopes),
                form: .init(
                    action: address(pool),
                    fields: [(FormTokens.field, token), ("client_id", consent.clientID.rawValue)],
                    denyLabel: language.withdrawLabel))
        }
        return page(entries.isEmpty ? .noConsents : .consents, entries, pool, language, context)
    }

    @Sendable private func withdraw(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let (token, client): (String?, String?)
        do {
            let form = try await FormBody.read(request)
            (token, client) = (try form[FormTokens.field], try form["client_id"])
        } catch is OAuthError {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "malformed form")
        } catch is Parameters.Failure {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "a repeated parameter")
        }
        let visit = try await visits.visit(request, pool: pool)
        // Without the session, or with another's token, the page is shown as it is now, and nothing changes.
        if let session = visit.session, formTokens.isValid(token, .consents, for: session),
            let client = client.flatMap({ ClientID(rawValue: $0) })
        {
            try await consents.withdraw(from: client, by: session.userID, in: pool.id, now: surroundings.now())
        }
        return .found(address(pool), after: .post)
    }

    private func address(_ pool: Pool) -> String { "\(pool.pathPrefix)/oidc/consents" }

    private func page(
        _ text: PageText, _ entries: [Page.Entry], _ pool: Pool, _ language: Language, _ context: ProviderRequestContext
    ) -> Response {
        let words = text.words(language)
        let page = Page(
            marker: text.rawValue, icon: text.icon, heading: words.heading, paragraphs: words.paragraphs,
            entries: entries, poolName: pool.name)
        return pages.response(page, language: language, context: context)
    }
}
