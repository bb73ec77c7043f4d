import ConnectionState
import Logging
import NIOCore
import Wire
import WireMessages

extension ServerChannelHandler {
    /// Ends the connection for a violation: says why, then closes.
    func end(for violation: ProtocolViolation) {
        shared.logger.info(
            "closing a connection", metadata: ["reason": "\(violation)", "peer": "\(peer)"])
        if violation == .badMagic, let first = unread.readableBytesView.first, first < 0x80 {
            replies.buffer.writeString(TextGreeting.line(for: shared.meta.methods.role))
        } else {
            writeGoAway(
                code: violation.code, isHard: true, message: violation.description, grace: .zero)
        }
        finishConnection(patience: shared.lingerTime)
    }

    /// Ends a connection that is one too many.
    ///
    /// - Parameter lingers: whether it may wait for the peer to have read why; without, it takes a
    ///   descriptor no longer, and the reason may be lost on its way.
    func refuse(for refusal: Admission.Refusal, lingers: Bool) {
        if let context, refusal != .draining {
            shared.refusals.note(
                ["reason": "\(refusal.rawValue)", "peer": "\(peer)"], on: context.eventLoop)
        }
        end(for: .tooManyConnections)
        if !lingers { context?.close(promise: nil) }
    }

    /// Makes room for another connection's handshake, unless this one's is complete by now.
    func yieldHandshake() {
        switch state.stage {
        case .preface, .hello: refuse(for: .handshakes, lingers: true)
        case .serving, .draining, .closed: break
        }
    }

    func writeGoAway(code: GoAwayCode, isHard: Bool, message: String, grace: Duration) {
        var goAway = GoAway()
        goAway.message = message
        let last = state.update { $0.lastStream } ?? 0
        replies.buffer.writeFrame(
            .goAway, flags: isHard ? .hard : [], a: code.rawValue, stream: last,
            b: UInt32(clamping: grace.wholeMilliseconds),
            body: json == nil ? goAway.body() : goAway.jsonBody())
    }

    /// Sends what is left, ends our direction, and waits a moment for the peer to end its own.
    ///
    /// Closing at once, with bytes of the peer's unread, would make the kernel send a reset that
    /// can overtake the GOAWAY.
    ///
    /// - Parameter patience: how long the peer may take to read what is left.
    func finishConnection(patience: TimeAmount) {
        guard !isFinished else { return }
        isFinished = true
        state.close()
        forgetService()
        guard let context else { return }
        writeOut()
        let channel = context.channel
        let linger = shared.lingerTime
        let ended = channel.eventLoop.makePromise(of: Void.self)
        ended.futureResult.whenComplete { _ in Self.close(channel, in: linger) }
        Self.close(channel, in: patience)
        // Behind what is still waiting to go out.
        if isInputClosed {
            // Ending the second direction too would close at once, and drop what waits.
            context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: ended)
            ended.futureResult.whenComplete { _ in channel.close(promise: nil) }
        } else {
            context.close(mode: .output, promise: ended)
        }
        if !isInBatch {
            keepUnread()
            updateReading()
        }
    }

    private static func close(_ channel: any Channel, in delay: TimeAmount) {
        let timer = channel.eventLoop.scheduleTask(in: delay) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in timer.cancel() }
    }

    /// Lets go of the service and of what it has open. Its batch ends first: what it holds for the
    /// batch's time, other connections wait for.
    func forgetService() {
        if isInBatch { service?.batchEnded() }
        service?.connectionClosed()
        service = nil
        plainAnswerer = nil
        pages = [:]
        deadlines = [:]
        memory.releasePage(memory.pageByteCount)
        streamsWithoutCredit = []
        streamsWithoutRoom = []
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            // The peer sends nothing more; what it asked for is still answered.
            isInputClosed = true
            activity.isInputClosed = true
            closeIfFinished()
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Closes a connection whose peer has ended its direction and has all the answers that it can
    /// get: no credit will come for what waits for some.
    func closeIfFinished() {
        guard isInputClosed, !isFinished, !isYielding, !isInBatch, !isSending else { return }
        let isDone = state.update { $0.openStreams.values.allSatisfy(\.isOutOfCredit) }
        guard isDone ?? true else { return }
        // What waits for the end of calls that can't end is not waited for.
        let openByteCount = state.update { $0.openByteCount } ?? 0
        guard !isHeldUp || openByteCount > shared.limits.inFlightByteCountMax else { return }
        finishConnection(patience: patience)
    }

    /// For a peer that has done nothing wrong: as long as for any that doesn't read.
    var patience: TimeAmount {
        TimeAmount(clamping: shared.limits.writeStallTimeout)
    }

    /// Begins the connection's regular end.
    func drain(grace: Duration) {
        // One that is ending by itself sends what is left in its own time.
        guard !isFinished else { return }
        switch state.drain() {
        case .sendGoAway:
            writeGoAway(
                code: .noError, isHard: false, message: "the server is shutting down",
                grace: grace)
            drainDeadline = now.advanced(
                by: UInt32(clamping: max(0, grace.wholeMilliseconds)))
            flush()
            scheduleTick()
        case .close:
            context?.close(promise: nil)
        }
    }

    var peer: String { context?.remoteAddress.map { "\($0)" } ?? "unknown" }
}

/// What a person reads who opens a port with telnet or a browser.
enum TextGreeting {
    static func line(for role: ConnectionRole) -> String {
        "This is a Tandem \(role) port. It speaks the Tandem protocol, version 1, not text: "
            + "use the `tandem` command or a client library.\r\n"
    }
}
