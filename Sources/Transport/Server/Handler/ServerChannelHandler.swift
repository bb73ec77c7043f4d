package import ConnectionState
import Logging
import NIOCore
import TandemCore
import Wire
import WireMessages

/// One server connection on its channel: feeds its state, carries out what it says.
///
/// All frames that one read brought are handled in a loop, their answers written to one buffer,
/// and that buffer flushed once. Between the read and the flush there is no task, no future and no
/// allocation for a request that can be answered at once.
final class ServerChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    let shared: ServerShared
    var state: ServerConnectionState
    var activity: ServerConnectionState.Activity
    var service: (any ConnectionService)?
    /// The same, if it answers plain calls together.
    var plainAnswerer: (any PlainAnswerer)?
    /// It does so in this batch.
    var isShortWayOpen = false
    var context: ChannelHandlerContext?
    /// The next look at the connection's deadlines.
    var nextTick: (at: MonotonicTime, task: Scheduled<Void>)?

    /// Received and not handled yet: an incomplete frame, or more while answers wait to go out.
    var unread = ByteBuffer()
    var decoder: FrameDecoder
    var replies: ReplyWriter
    /// Pages that outran their stream's credit, by stream.
    var pages: [UInt32: PendingPage] = [:]
    /// What makes protobuf of requests, and JSON of answers, if that was agreed.
    var json: JSONBodies?
    var memory: ConnectionMemory
    /// As the channel last said: asked, it counts references to itself, each time.
    var isChannelWritable = true
    /// The channel may not have handed the last bytes to the kernel yet.
    var isBacklogged = false
    /// Of that, bytes of shared items: their owners count them.
    var sharedBacklogByteCount = 0
    /// It will be looked whether the peer has read.
    var isLookingAgain = false
    /// Open streams that wait for credit.
    var streamsWithoutCredit: Set<UInt32> = []
    /// Open streams that have credit, and wait for room in the outgoing buffer.
    var streamsWithoutRoom: Set<UInt32> = []
    /// What the client accepts, once HELLO has said it; without the trailer.
    var frameOutLengthMax = Int(FrameHeader.lengthCeiling)
    /// What each frame grows by when it leaves: 4 once checksums are agreed.
    var trailerByteCount = 0
    /// When open calls that change nothing are to end, by stream.
    var deadlines: [UInt32: MonotonicTime] = [:]
    var isInBatch = false
    /// Whole frames, or the work on a request, wait for this connection's next turn.
    var isYielding = false
    /// How many more frames this turn may handle; long answers count as several.
    var framesLeft = 0
    var isSending = false
    /// Frames in ``unread`` wait for room for their answers.
    var isHeldUp = false
    /// Since the room for more was looked at, a request has come that stays open.
    var hasNewOpenStream = false
    var isReadingPaused = false
    var isUnreadOurs = false
    var isInputClosed = false
    /// The last bytes were written, and our direction ends behind them.
    var isFinished = false
    /// Bytes that waited to go out at the last tick.
    var waitingByteCount = 0
    var drainDeadline: MonotonicTime?

    init(shared: ServerShared) {
        self.shared = shared
        memory = ConnectionMemory(shared.memory)
        let now = MonotonicTime.current
        state = ServerConnectionState(openedAt: now)
        activity = ServerConnectionState.Activity(now: now)
        decoder = FrameDecoder(lengthMax: shared.limits.helloLengthMax)
        replies = ReplyWriter(
            buffer: ByteBuffer(), errorDomain: shared.service.errorDomain)
    }

    var now: MonotonicTime { .current }

    // MARK: - Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        scheduleTick()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        nextTick?.task.cancel()
        nextTick = nil
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        // Its time may be over before it has come so far: an accepting event loop can stand still.
        if isFinished { return context.fireChannelActive() }
        if case .refuse(let reason, let lingers) = shared.connections.opened(self) {
            refuse(for: reason, lingers: lingers)
        }
        countMemory()
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isFinished = true
        state.close()
        forgetService()
        memory.releaseAll()
        shared.connections.closed(self)
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var received = unwrapInboundIn(data)
        activity.lastReceived = now
        if unread.readableBytes == 0 {
            unread = received
            isUnreadOurs = false
        } else {
            unread.discardReadBytes()
            unread.writeBuffer(&received)
        }
        // The pipeline's buffer must not stay referenced, or the channel can't reuse it.
        received = ByteBuffer()
        process()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isChannelWritable = context.channel.isWritable
        if isChannelWritable {
            activity.stalledSince = nil
            process()
        } else {
            activity.stalledSince = activity.stalledSince ?? now
            scheduleTick()
        }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        shared.logger.debug("connection error", metadata: ["error": "\(error)"])
        context.close(promise: nil)
    }
}

extension MonotonicTime {
    /// Read from the clock that the event loops use.
    package static var current: MonotonicTime {
        MonotonicTime(nanoseconds: NIODeadline.now().uptimeNanoseconds)
    }
}
