import HTTPTypes
import Hummingbird
import Logging

/// `/oidc/auth`, the authorization endpoint.
///
/// OpenID Connect Core section 3.1.2, RFC 6749 section 3.1.
struct AuthorizeRoutes: Sendable {
    let pools: PoolDirectory
    let issuer: TokenIssuer
    let dispatcher: SignInDispatcher
    let visits: VisitReader

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get("oidc/auth", use: get)
        group.post("oidc/auth", use: post)
    }

    @Sendable private func get(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let parameters: Parameters
        do {
            parameters = try Parameters(parsing: request.uri.query ?? "")
        } catch {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "malformed query")
        }
        switch try check(parameters, pool, context) {
        case .proceed(let signIn):
            let visit = try await visits.visit(request, pool: pool)
            return try await dispatcher.begin(signIn, visit: visit, context: context)
        case .refused(let answer, let language):
            let visit = try await visits.visit(request, pool: pool)
            return dispatcher.deliver(answer, language: language ?? visit.language, context: context)
        }
    }

    /// The same by form.
    ///
    /// The request may come from another site, so it is stored and continued by a GET, which carries our cookies.
    @Sendable private func post(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let form: Parameters
        do {
            form = try await FormBody.read(request)
        } catch is OAuthError {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "malformed form")
        }
        switch try check(form, pool, context) {
        case .proceed(let signIn):
            let visit = try await visits.visit(request, pool: pool)
            return try await dispatcher.beginAfterPost(signIn, visit: visit)
        case .refused(let answer, let language):
            let visit = try await visits.visit(request, pool: pool)
            return dispatcher.deliver(answer, language: language ?? visit.language, context: context, after: .post)
        }
    }

    private enum Checked {
        case proceed(SignInRequest)
        case refused(AnswerDelivery, Language?)
    }

    private func check(_ parameters: Parameters, _ pool: Pool, _ context: ProviderRequestContext) throws -> Checked {
        do {
            return .proceed(try AuthorizeChecks(pool: pool, tokens: issuer, parameters: parameters).run())
        } catch {
            let language = (try? parameters["ui_locales"]).flatMap { Language(list: $0) }
            switch error {
            case .page(let text, let cause):
                throw PageFailure(text, poolName: pool.name, language: language, cause: cause)
            case .redirect(let error, let target):
                context.logger.log(
                    level: error.code == .serverError ? .error : .notice, "refused by redirect",
                    metadata: ["error": "\(error.code.rawValue)", "cause": "\(error.description)"])
                return .refused(target.answer(error), language)
            }
        }
    }
}
