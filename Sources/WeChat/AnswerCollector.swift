import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// Collects one answer up to the size limit, and knows whether the request was handed to the network.
final class AnswerCollector: HTTPClientResponseDelegate {
    private struct State {
        var wasSent = false
        var status = 0
        var body: [UInt8] = []
    }

    private let state = Mutex(State())

    /// Whether the request head went to the socket; once true, WeChat may have acted on it.
    var wasSent: Bool { state.withLock(\.wasSent) }

    func didSendRequestHead(task: HTTPClient.Task<WeChatResponse>, _ head: HTTPRequestHead) {
        state.withLock { $0.wasSent = true }
    }

    func didReceiveHead(task: HTTPClient.Task<WeChatResponse>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        state.withLock { $0.status = Int(head.status.code) }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<WeChatResponse>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let fits = state.withLock { state in
            guard state.body.count + buffer.readableBytes <= WeChatResponse.maximumBodySize else { return false }
            state.body.append(contentsOf: buffer.readableBytesView)
            return true
        }
        guard fits else { return task.eventLoop.makeFailedFuture(WeChatTransportError.bodyTooLarge) }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didFinishRequest(task: HTTPClient.Task<WeChatResponse>) throws -> WeChatResponse {
        state.withLock { WeChatResponse(status: $0.status, body: $0.body) }
    }
}
