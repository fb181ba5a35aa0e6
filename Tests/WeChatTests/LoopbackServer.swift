import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A server on this machine that answers every request alike, well or badly.
final class LoopbackServer: Sendable {
    enum Manner: Sendable {
        /// Writes this text and keeps the connection.
        case answers(String)
        /// Writes this text and closes.
        case closes(after: String)
        /// Reads and stays silent.
        case ignores
    }

    private let channel: any Channel
    private let requestCount: NIOLockedValueBox<Int>
    /// One element for each chunk that arrived.
    let arrivals: AsyncStream<String>

    var port: Int { channel.localAddress?.port ?? 0 }
    var requests: Int { requestCount.withLockedValue { $0 } }

    init(_ manner: Manner) async throws {
        let count = NIOLockedValueBox(0)
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        requestCount = count
        arrivals = stream
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.addHandler(Handler(manner: manner, count: count, arrivals: continuation))
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let manner: Manner
        let count: NIOLockedValueBox<Int>
        let arrivals: AsyncStream<String>.Continuation

        init(manner: Manner, count: NIOLockedValueBox<Int>, arrivals: AsyncStream<String>.Continuation) {
            self.manner = manner
            self.count = count
            self.arrivals = arrivals
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            count.withLockedValue { $0 += 1 }
            arrivals.yield(String(buffer: unwrapInboundIn(data)))
            switch manner {
            case .answers(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .closes(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                context.close(promise: nil)
            case .ignores:
                break
            }
        }
    }
}
