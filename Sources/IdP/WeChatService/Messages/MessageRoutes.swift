import HTTPTypes
import Hummingbird
import Logging
import WeChat

/// `/connections/wechat/messages/{identifier}`: where WeChat tells that people have taken something back (服务器配置).
struct MessageRoutes: Sendable {
    let pools: PoolDirectory
    let inbox: MessageInbox
    let notifier: LogoutNotifier
    let surroundings: Surroundings

    func mount(on group: RouterGroup<ProviderRequestContext>) {
        group.get("connections/wechat/messages/:identifier", use: echo)
        group.post("connections/wechat/messages/:identifier", use: message)
    }

    /// A connection that takes messages, and what verifies them.
    private struct Target {
        var pool: Pool
        var connection: Connection
        var verification: MessageVerification
        var query: Parameters
    }

    @Sendable private func echo(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let target = try target(request, context)
        let (stamp, answer): (MessageVerification.Stamp, [UInt8])
        do throws(MessageVerification.Refusal) {
            stamp = try MessageVerification.Stamp(target.query)
            guard let echo = target.query.all("echostr").first, echo.utf8.count <= 1024 else { throw .parameters }
            answer = try target.verification.echo(stamp, echo)
        } catch {
            return refused(error, target, context)
        }
        try await inbox.note(stamp, of: target.connection, in: target.pool)
        return .bytes(answer, contentType: "text/plain; charset=utf-8")
    }

    @Sendable private func message(_ request: Request, context: ProviderRequestContext) async throws -> Response {
        let target = try target(request, context)
        var request = request
        let body = Array(try await request.collectBody(upTo: WeChatXML.maximumSize).readableBytesView)
        let (stamp, message): (MessageVerification.Stamp, WeChatMessage)
        do throws(MessageVerification.Refusal) {
            stamp = try MessageVerification.Stamp(target.query)
            message = try target.verification.message(stamp, body)
        } catch {
            return refused(error, target, context)
        }
        let outcome = try await inbox.receive(message, stamp, of: target.connection, in: target.pool)
        if outcome.hasActed {
            context.logger.notice(
                "a person has taken something back at WeChat",
                metadata: [
                    "event": "\(message["Event"] ?? "-")", "pool": "\(target.pool.id)",
                    "connection": "\(target.connection.id)", "notices": "\(outcome.notices.count)",
                ])
        }
        // WeChat waits five seconds for its answer, and applications have a day to take theirs.
        await notifier.announce(outcome.notices)
        return .bytes(Array("success".utf8), contentType: "text/plain; charset=utf-8")
    }

    private func target(_ request: Request, _ context: ProviderRequestContext) throws -> Target {
        let pool = try pools.requirePool(of: context)
        guard let connection = context.parameters.get("identifier").flatMap(pool.connection(named:)),
            let settings = connection.messages
        else { throw HTTPError(.notFound) }
        guard let query = try? Parameters(parsing: request.uri.query ?? "") else { throw HTTPError(.badRequest) }
        return Target(
            pool: pool, connection: connection,
            verification: MessageVerification(settings: settings, appID: connection.appID, now: surroundings.now()),
            query: query)
    }

    /// One answer for every reason.
    private func refused(
        _ reason: MessageVerification.Refusal, _ target: Target, _ context: ProviderRequestContext
    ) -> Response {
        context.logger.warning(
            "a message to WeChat's endpoint was refused",
            metadata: [
                "reason": "\(reason.rawValue)", "pool": "\(target.pool.id)", "connection": "\(target.connection.id)",
            ])
        return .bytes(Array("refused".utf8), contentType: "text/plain; charset=utf-8", status: .forbidden)
    }
}
