import NIOCore
import NIOEmbedded
import Synchronization
import TandemCore
import Wire
import WireMessages

@testable import Transport

/// A client connection without a socket, with the vectors for a server.
final class EmbeddedClient {
    private let handler: ClientChannelHandler
    private let channel: EmbeddedChannel
    private(set) var sinks: [Sink] = []

    /// What a call was told.
    final class Sink: CallSink {
        private let told = Mutex<[CallEvent]>([])

        var events: [CallEvent] { told.withLock { $0 } }

        func receive(_ event: CallEvent) { told.withLock { $0.append(event) } }

        /// How the call ended.
        var result: CallResult? {
            guard case .finished(let result) = events.last else { return nil }
            return result
        }

        var items: [[UInt8]] {
            events.compactMap { event in
                guard case .item(let body) = event else { return nil }
                return Array(body.readableBytesView)
            }
        }
    }

    init(acceptsZlib: Bool = true, wantsChecksums: Bool = false, methodCount: Int = 1) {
        var configuration = ClientConfiguration(
            role: .query, methods: (0..<methodCount).map { "method \($0)" },
            clientName: "vectors")
        configuration.acceptsZlib = acceptsZlib
        configuration.wantsChecksums = wantsChecksums
        configuration.greases = false
        let loop = EmbeddedEventLoop()
        handler = ClientChannelHandler(
            configuration: configuration, welcomed: loop.makePromise(of: Welcome.self))
        channel = EmbeddedChannel(handler: handler, loop: loop)
        // Fires channelActive; an embedded channel connects to anything at once.
        try? channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    convenience init(welcome: Welcome) {
        self.init()
        var bytes = ByteBuffer()
        bytes.writeFrame(.welcome, body: welcome.body())
        receive(bytes)
    }

    deinit {
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    /// Why the connection ended, if the server broke the protocol.
    var violation: ProtocolViolation? {
        guard case .violation(let violation) = handler.ending else { return nil }
        return violation
    }

    func receive(_ bytes: ByteBuffer) {
        // What the handler thinks of it shows in its state; the channel may be closed by then.
        _ = try? channel.writeInbound(bytes)
        channel.embeddedEventLoop.run()
    }

    func receive(_ frame: Frame) {
        var bytes = ByteBuffer()
        bytes.writeFrame(
            frame.type, flags: frame.flags, a: frame.a, stream: frame.stream, b: frame.b,
            body: frame.payload)
        receive(bytes)
    }

    /// Starts a call; streams are numbered from 1 in this order.
    @discardableResult
    func call(method: Int) -> Sink {
        let sink = Sink()
        sinks.append(sink)
        handler.start(
            ClientCall(OutboundCall(method: method, body: ByteBuffer()), sink: sink))
        return sink
    }
}

extension Welcome {
    /// Of a server that has the client's only method.
    static var withOneMethod: Welcome {
        var unary = MethodInfo()
        unary.known = true
        unary.kind = .unary
        unary.idempotency = .readOnly
        var welcome = Welcome()
        welcome.methods = [unary]
        return welcome
    }
}
