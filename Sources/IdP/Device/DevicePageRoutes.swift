import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// `/oidc/device` and `/oidc/device/confirm`, where a person lets a device in.
///
/// RFC 8628 section 3.3. The person enters the code, signs in, and then sees who asks for what and decides, always: the
/// code may have come from somebody else (section 5.4).
struct DevicePageRoutes: Sendable {
    /// Wrong codes that may come from one address within ``AttemptLimiter/window``; many people share one.
    static let addressLimit = 30
    /// Wrong codes that one signed-in person may enter in that time.
    static let personLimit = 5

    let pools: PoolDirectory
    let devices: DeviceCodeStore
    let issuer: TokenIssuer
    let dispatcher: SignInDispatcher
    let visits: VisitReader
    let limiter: AttemptLimiter
    let trustedProxies: [IPNetwork]

    private var pages: DevicePages { DevicePages(renderer: dispatcher.pages) }

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get("oidc/device", use: ask)
        group.post("oidc/device", use: enter)
        group.get("oidc/device/confirm", use: confirm)
        group.post("oidc/device/confirm", use: decide)
    }

    // MARK: The code

    @Sendable private func ask(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let visit = try await visits.visit(request, pool: pool)
        let parameters = try? Parameters(parsing: request.uri.query ?? "")
        // Only a code is put back into the page, never whatever else stands in a link.
        let code = (try? parameters?["user_code"]).flatMap { UserCode(typed: $0) }
        return pages.ask(.device, prefilled: code, visit: visit, context: context)
    }

    @Sendable private func enter(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let visit = try await visits.visit(request, pool: pool)
        let typed = try await form(request, pool)("user_code") ?? ""
        let sources = sources(request, visit, context)
        for (index, source) in sources.enumerated() where !limiter.take(source.name, limit: source.limit) {
            for earlier in sources[..<index] { limiter.giveBack(earlier.name) }
            throw PageFailure(
                .tooManyAttempts, status: .tooManyRequests, poolName: pool.name, cause: "too many user codes")
        }
        guard let code = UserCode(typed: typed), let device = try await devices.pending(code, in: pool.id),
            let application = pool.application(device.clientID),
            let connection = pool.signInConnections(of: application).first
        else {
            context.logger.notice("refused", metadata: ["page": "device", "cause": "no device waits with this code"])
            return pages.ask(.deviceCodeUnknown, prefilled: nil, visit: visit, context: context, status: .badRequest)
        }
        for source in sources { limiter.giveBack(source.name) }
        let expiry = devices.surroundings.now() + DeviceCodeStore.lifetime.inSeconds
        let ticket = DeviceTicket(userCode: code, sid: nil, expiresAt: expiry)
        let signIn = SignInRequest(
            door: DeviceAnswerer.door, pool: pool.id, clientID: application.id, connection: connection.id,
            redirectURI: issuer.issuer(pool) + "/device/confirm", responseMode: .query,
            state: try ticket.sealed(with: devices.sealer, in: pool.id), scopes: device.scopes, prompts: [],
            maxAge: application.defaultMaxAge.map { Int($0.inSeconds) })
        return try await dispatcher.beginAfterPost(signIn, visit: visit)
    }

    private func sources(
        _ request: Request, _ visit: Visit, _ context: ProviderRequestContext
    ) -> [(name: String, limit: Int)] {
        let address = context.clientAddress(request, trusting: trustedProxies)
        var sources = [("user codes \(visit.pool.id) at \(address)", Self.addressLimit)]
        if let person = visit.session?.userID {
            sources.append(("user codes \(visit.pool.id) by \(person.rawValue)", Self.personLimit))
        }
        return sources
    }

    // MARK: The decision

    @Sendable private func confirm(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let parameters = try? Parameters(parsing: request.uri.query ?? "")
        if let error = try? parameters?["error"] {
            throw PageFailure(
                .refused, status: .ok, poolName: pool.name, cause: "the sign-in ended: \(error.prefix(32))")
        }
        let sealed = (try? parameters?["ticket"]) ?? ""
        let question = try await question(sealed, request, pool)
        return pages.confirm(question, ticket: sealed, context: context)
    }

    /// The form of the confirmation page.
    ///
    /// The session cookie is SameSite=Lax, so no other site can send it along, and the ticket is known to this browser's
    /// page only.
    @Sendable private func decide(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let pool = try pools.requirePool(of: context)
        let field = try await form(request, pool)
        let question = try await question(field("ticket") ?? "", request, pool)
        switch field("decision") {
        case "allow":
            guard try await devices.approve(question.code, as: question.session, in: pool.id) else {
                throw Self.over(pool)
            }
            return pages.end(.deviceDone, visit: question.visit, context: context)
        case "deny":
            guard try await devices.deny(question.code, in: pool.id) else { throw Self.over(pool) }
            return pages.end(.deviceDenied, visit: question.visit, context: context)
        default:
            throw PageFailure(.badRequest, poolName: pool.name, cause: "a decision without an answer")
        }
    }

    private static func over(_ pool: Pool) -> PageFailure {
        PageFailure(.deviceCodeUnknown, poolName: pool.name, cause: "the device no longer waits")
    }

    private func question(_ sealed: String, _ request: Request, _ pool: Pool) async throws -> DeviceQuestion {
        let visit = try await visits.visit(request, pool: pool)
        guard
            let ticket = DeviceTicket(
                sealed, sealer: devices.sealer, in: pool.id, now: devices.surroundings.now()),
            let session = visit.session, ticket.sid == session.id
        else {
            throw PageFailure(.startAgain, poolName: pool.name, cause: "no ticket for this session")
        }
        guard let device = try await devices.pending(ticket.userCode, in: pool.id),
            let application = pool.application(device.clientID)
        else { throw Self.over(pool) }
        return DeviceQuestion(
            code: ticket.userCode, application: application, scopes: device.scopes, session: session, visit: visit)
    }

    /// The fields of a form; for a person, a malformed one is a page.
    private func form(_ request: Request, _ pool: Pool) async throws -> (String) -> String? {
        do {
            let form = try await FormBody.read(request)
            return { name in (try? form[name]) ?? nil }
        } catch is OAuthError {
            throw PageFailure(.badRequest, poolName: pool.name, cause: "malformed form")
        }
    }
}
