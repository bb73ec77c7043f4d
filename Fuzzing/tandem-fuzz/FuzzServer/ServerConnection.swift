import ConnectionState
import Logging
import NIOCore
import NIOEmbedded
import Wire
import WireMessages

@testable import Transport

/// A server connection without a socket, whose every answer is looked at.
final class ServerConnection {
    let service = FuzzService()
    let choice: ServerChoice
    let window: UInt32
    private let handler: ServerChannelHandler
    private let channel: EmbeddedChannel
    private var unread = ByteBuffer()
    private var decoder = FrameDecoder(lengthMax: FrameHeader.lengthCeiling)
    private(set) var answers = Answers()

    private static let logger = Logger(label: "fuzz", factory: { _ in SwiftLogNoOpLogHandler() })

    init(_ choice: ServerChoice, answersPlainCalls: Bool = true) {
        self.choice = choice
        window = choice.contains(.small) ? 500 : 20_000
        var limits = WireLimits()
        if choice.contains(.small) {
            limits.inFlightCountMax = 4
            limits.inFlightByteCountMax = 2_000
            limits.heldPageByteCountMax = 5_000
            limits.outboundPauseByteCount = 2_000
            limits.frameInLengthMax = 2_000
            limits.nuisanceCountMax = 20
        }
        handler = ServerChannelHandler(
            shared: ServerShared(
                service: service, limits: limits, logger: Self.logger, endpoints: [:],
                answersPlainCalls: answersPlainCalls))
        channel = EmbeddedChannel(handler: handler)
        // An embedded channel connects to anything at once.
        try? channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        if choice.contains(.welcomed) || choice.contains(.script) { greet() }
    }

    private func greet() {
        var bytes = ByteBuffer()
        Preface(role: .query).write(to: &bytes)
        var hello = Hello()
        hello.methods = FuzzService.names
        hello.features = choice.contains(.checksums) ? [Feature.checksums] : []
        hello.initialWindow = window
        hello.maxFrame = 16_384
        bytes.writeFrame(.hello, body: hello.body())
        send(bytes)
        look()
        require(answers.isWelcomed, "a good HELLO gets WELCOME")
    }

    var hasChecksums: Bool { choice.contains(.checksums) && answers.isWelcomed }

    func send(_ bytes: ByteBuffer) {
        // What is wrong shows in the answers; the channel may be closed by then.
        _ = try? channel.writeInbound(bytes)
    }

    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        channel.pipeline.fireChannelWritabilityChanged()
    }

    func advance(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

    func drain() { handler.drain(grace: .seconds(1)) }

    /// Takes what was answered, and checks it.
    func look() {
        channel.embeddedEventLoop.run()
        // Between a connection's turns others have theirs: that takes a little time.
        while handler.isYielding { advance(.milliseconds(1)) }
        while var bytes = try? channel.readOutbound(as: ByteBuffer.self) {
            unread.writeBuffer(&bytes)
        }
        guard !answers.isText else { return }
        if answers.frames.isEmpty, let first = unread.readableBytesView.first, first != 0 {
            answers.isText = true
            return
        }
        do throws(ProtocolViolation) {
            while case .frame(let frame) = try decoder.next(from: &unread) {
                answers.take(frame)
                if frame.type == .welcome {
                    let welcome = try Welcome(body: frame.payload, of: .welcome)
                    if welcome.features.contains(Feature.checksums) {
                        decoder.checksums = .required
                    }
                }
            }
        } catch {
            require(false, "only good frames are sent, but: \(error)")
        }
        require(unread.readableBytes == 0, "frames are sent whole")
        require(service.ledger.openBatchCount >= 0, "batches end once")
        require(handler.memory.pageByteCount >= 0, "held pages are counted")
        require(
            handler.pages.count <= 1
                || handler.memory.pageByteCount <= handler.shared.limits.heldPageByteCountMax,
            "held pages have their bound")
    }

    /// Ends it; nothing may be left behind.
    func close() {
        look()
        _ = try? channel.finish(acceptAlreadyClosed: true)
        require(handler.state.stage == .closed, "a connection that has ended is closed")
        require(service.ledger.closedCount == service.ledger.madeCount, "services are let go once")
        service.ledger.releaseAll()
        channel.embeddedEventLoop.run()
    }

    /// The answers to the client's bytes, by stream: across streams their order is free.
    func answers(to pieces: [ByteBuffer]) -> [UInt32: [Frame]] {
        for piece in pieces { send(piece) }
        look()
        service.ledger.releaseAll()
        look()
        close()
        return answers.byStream
    }
}
