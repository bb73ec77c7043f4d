import Logging
import NIOCore
import Session
import Wire
import WireMessages

extension ServerChannelHandler {
    /// Sends what was written, in one piece.
    func flush() {
        guard !isInBatch, let context, replies.buffer.readableBytes > 0 else { return }
        context.writeAndFlush(wrapOutboundOut(replies.buffer), promise: nil)
        // If the kernel took it all, the memory is ours again; if not, this makes a new buffer.
        replies.buffer.clear()
        if !context.channel.isWritable {
            activity.stalledSince = activity.stalledSince ?? now
        }
        closeIfFinished()
    }

    /// Ends the connection for a violation: says why, then closes.
    func end(for violation: ProtocolViolation) {
        shared.logger.info(
            "closing a connection", metadata: ["reason": "\(violation)", "peer": "\(peer)"])
        if violation == .badMagic, let first = unread.readableBytesView.first, first < 0x80 {
            replies.buffer.writeString(TextGreeting.line(for: shared.service.methods.role))
        } else {
            writeGoAway(
                code: violation.code, isHard: true, message: violation.description, grace: .zero)
        }
        finishConnection()
    }

    func writeGoAway(code: GoAwayCode, isHard: Bool, message: String, grace: Duration) {
        var goAway = GoAway()
        goAway.message = message
        let last = session.update { $0.lastStream } ?? 0
        replies.buffer.writeFrame(
            .goAway, flags: isHard ? .hard : [], a: code.rawValue, stream: last,
            b: UInt32(clamping: grace.components.seconds * 1_000), body: goAway.body())
    }

    /// Sends what is left, ends our direction, and waits a moment for the peer to end its own.
    ///
    /// Closing at once, with bytes of the peer's unread, would make the kernel send a reset that
    /// can overtake the GOAWAY.
    func finishConnection() {
        guard session.stage != .closed else { return }
        session.close()
        service?.connectionClosed()
        service = nil
        pages = [:]
        guard let context else { return }
        let rest = replies.buffer
        replies.buffer = ByteBuffer()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(rest)).whenComplete { _ in
            bound.value.close(mode: .output, promise: nil)
        }
        context.eventLoop.scheduleTask(in: shared.lingerTime) {
            bound.value.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent {
            // The peer sends nothing more; what it asked for is still answered.
            isInputClosed = true
            if session.stage == .closed { context.close(promise: nil) }
            closeIfFinished()
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Closes a connection whose peer has ended its direction and has all its answers.
    func closeIfFinished() {
        guard isInputClosed, session.stage != .closed else { return }
        guard session.update({ $0.openStreams.isEmpty }) ?? true else { return }
        finishConnection()
    }

    /// Begins the connection's regular end.
    func drain(grace: Duration) {
        switch session.drain() {
        case .sendGoAway:
            writeGoAway(
                code: .noError, isHard: false, message: "the server is shutting down",
                grace: grace)
            drainDeadline = MonotonicTime(
                nanoseconds: now.nanoseconds &+ UInt64(grace.components.seconds) * 1_000_000_000)
            flush()
        case .close:
            context?.close(promise: nil)
        }
    }

    /// Ends a drained connection when its calls are answered or its grace is over.
    private func endDrain() {
        guard let deadline = drainDeadline, session.stage == .draining else { return }
        let isIdle = session.update { $0.openStreams.values.allSatisfy { $0.kind == .stream } }
        guard isIdle == true || now >= deadline else { return }
        writeGoAway(
            code: .noError, isHard: true, message: "the server is shutting down", grace: .zero)
        finishConnection()
    }

    func tick() {
        endDrain()
        switch session.tick(activity, now: now, limits: shared.limits) {
        case .nothing:
            break
        case .ping:
            activity.pingSentAt = now
            replies.buffer.writeFrame(.ping, body: ByteBuffer(integer: now.nanoseconds))
            flush()
        case .close(.peerDoesNotRead):
            // A GOAWAY would wait behind the answers that the peer doesn't read.
            shared.logger.info("closing a connection that does not read", metadata: [
                "peer": "\(peer)"
            ])
            context?.close(promise: nil)
        case .close(let violation):
            end(for: violation)
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
