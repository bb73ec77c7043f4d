import Compression
import ConnectionState
import Foundation
import NIOCore
import TandemCore
import Wire
import WireMessages

/// One client connection on its channel: feeds its state, carries out what it says.
final class ClientChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let configuration: ClientConfiguration
    var state = ClientConnectionState()
    var context: ChannelHandlerContext?
    var ticker: RepeatedTask?
    let welcomed: EventLoopPromise<Welcome>

    var unread = ByteBuffer()
    var decoder: FrameDecoder
    var outgoing = ByteBuffer()
    var isInBatch = false
    var calls = OpenCalls()
    /// Calls that wait for a slot.
    var waiting = ArrayQueue<ClientCall>()
    /// Calls that other threads make.
    let inbox = CallInbox()
    /// Empty: memory for those that are taken from there.
    var submitted: [ClientCall] = []
    /// What HELLO said.
    var hello = Hello()
    /// The dictionaries that HELLO named.
    var namedDictionaries: [CompressionDictionary] = []
    let grease: Grease?
    /// The longest frame that the server accepts, without the trailer; 0 before it said.
    var frameOutLengthMax = 0
    /// The most metadata that the server accepts.
    var metadataByteCountMax = WireLimits().metadataByteCountMax
    /// What each frame has behind its body: 4 bytes once checksums are agreed.
    var trailerByteCount = 0
    let limits = WireLimits()
    var nuisances = ControlFrameLimit()
    /// By encoding id, from `EncodingID.firstDictionary`.
    var dictionaries: [CompressionDictionary] = []
    let inflater = DocumentInflater()
    var agreesZlib = false
    let endFlag = ConnectionEndFlag()
    /// A final frame has come.
    var hasAnswered = false

    var lastReceived = MonotonicTime.current
    var pingSentAt: MonotonicTime?
    /// Nothing more is read or sent.
    var isEnded = false
    /// Why the connection ended, for the calls that it takes along.
    var ending: ConnectionEnding?

    init(configuration: ClientConfiguration, welcomed: EventLoopPromise<Welcome>) {
        self.configuration = configuration
        self.welcomed = welcomed
        var generator = SystemRandomNumberGenerator()
        grease = configuration.greases ? Grease(using: &generator) : nil
        decoder = FrameDecoder(lengthMax: limits.welcomeLengthMax)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let period = TimeAmount.milliseconds(100)
        ticker = context.eventLoop.scheduleRepeatedTask(initialDelay: period, delay: period) {
            [bound = NIOLoopBound(self, eventLoop: context.eventLoop)] _ in bound.value.tick()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        ticker?.cancel()
        ticker = nil
        self.context = nil
        // A connection that was never made doesn't become inactive either.
        failEverything()
    }

    func channelActive(context: ChannelHandlerContext) {
        Preface(role: configuration.role).write(to: &outgoing)
        hello.features = offeredFeatures
        hello.methods = configuration.methods
        hello.maxFrame = configuration.frameInLengthMax
        hello.initialWindow = configuration.initialWindow
        hello.client = configuration.clientName
        if let clusterID = configuration.clusterID { hello.clusterID = Data(clusterID) }
        if configuration.acceptsZlib {
            namedDictionaries = configuration.heldDictionaries?.current ?? []
            hello.dictionarySha256 = namedDictionaries.map { Data($0.sha256) }
        }
        outgoing.writeFrame(.hello, body: hello.body())
        flush()
        context.fireChannelActive()
    }

    private var offeredFeatures: [String] {
        (configuration.acceptsZlib ? [Feature.zlib] : [])
            + (configuration.wantsChecksums ? [Feature.checksums] : [])
            + (configuration.speaksJSON ? [Feature.json] : [])
            + (grease.map { [$0.feature] } ?? [])
    }

    func channelInactive(context: ChannelHandlerContext) {
        failEverything()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        ending = ending ?? .lost("\(error)")
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var received = unwrapInboundIn(data)
        lastReceived = .current
        inbox.willTake()
        // Here for as long as it is read: each look at a property is checked.
        var bytes = unread
        unread = ByteBuffer()
        if bytes.readableBytes == 0 {
            bytes = received
        } else {
            bytes.discardReadBytes()
            bytes.writeBuffer(&received)
        }
        isInBatch = true
        while handleNext(of: &bytes) {}
        isInBatch = false
        if bytes.readableBytes > 0, !isEnded { unread = bytes }
        sendWaiting()
        startSubmitted()
    }

    func flush() {
        guard !isInBatch, let context, outgoing.readableBytes > 0 else { return }
        var bytes = trailerByteCount == 0 ? outgoing : outgoing.sealed()
        // Taken out first: a write that fails calls back from within.
        outgoing = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        guard outgoing.readableBytes == 0, bytes.capacity <= Self.keptCapacityMax else { return }
        bytes.clear()
        outgoing = bytes
    }

    /// Outgoing memory up to this is used again.
    private static let keptCapacityMax = 256 << 10

    /// Closes a connection that the server asked to leave, once its calls have ended.
    func closeIfDone() {
        guard state.isGoingAway else { return }
        leave()
        if !state.hasOpenCalls { context?.close(promise: nil) }
    }

    /// Ends the connection because the server broke the protocol.
    func end(for violation: ProtocolViolation) {
        guard !isEnded else { return }
        isEnded = true
        ending = ending ?? .violation(violation)
        leave()
        var goAway = GoAway()
        goAway.message = violation.description
        outgoing.writeFrame(
            .goAway, flags: .hard, a: violation.code.rawValue, body: goAway.body())
        isInBatch = false
        flush()
        failEverything()
        context?.close(promise: nil)
    }

    func tick() {
        let now = MonotonicTime.current
        expireCalls(now: now)
        if let sent = pingSentAt, sent > lastReceived {
            if now.since(sent) >= configuration.deadAfterPing {
                ending = ending ?? .lost("the server has been silent for too long")
                context?.close(promise: nil)
            }
        } else if now.since(lastReceived) >= configuration.pingAfter {
            pingSentAt = now
            outgoing.writeFrame(.ping, body: ByteBuffer(integer: now.nanoseconds))
            flush()
        }
    }
}

/// Why a client connection ended.
enum ConnectionEnding {
    case lost(String)
    case violation(ProtocolViolation)
    case goAway(code: UInt16, message: String, lastStream: UInt32)
    case closedByUs
}
