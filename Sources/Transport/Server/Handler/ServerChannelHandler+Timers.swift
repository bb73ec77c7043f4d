import ConnectionState
import Logging
import NIOCore
import Wire

/// A connection's deadlines: one timer for the next of them, so that ten thousand idle connections
/// cost next to nothing.
extension ServerChannelHandler {
    /// Makes sure that the deadlines are looked at when the next of them can be due. Called when
    /// one was added; those that fall away are noticed at the next look.
    func scheduleTick() {
        guard let due = timeUntilTick else { return }
        scheduleTick(in: due)
    }

    /// As above, for one deadline that was added.
    func scheduleTick(in due: Duration) {
        guard let context, !isFinished else { return }
        let milliseconds = max(
            UInt32(clamping: due.wholeMilliseconds + 1), shared.tickMillisecondsMin)
        let at = now.advanced(by: milliseconds)
        if let nextTick, nextTick.at <= at { return }
        nextTick?.task.cancel()
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(in: .milliseconds(Int64(milliseconds))) {
            bound.value.tick()
        }
        nextTick = (at, task)
    }

    private var timeUntilTick: Duration? {
        let now = now
        guard var due = state.timeUntilTick(activity, now: now, limits: shared.limits) else {
            return nil
        }
        // Whether the peer takes what waits for it shows only by looking.
        due = min(due, shared.limits.writeStallTimeout / 4)
        if drainDeadline != nil { due = min(due, .milliseconds(100)) }
        for deadline in deadlines.values { due = min(due, deadline.since(now)) }
        for page in pages.values { due = min(due, page.dueAt.since(now)) }
        return due
    }

    private func tick() {
        nextTick = nil
        guard !isFinished else { return }
        lookAtDeadlines()
        if !isFinished { countMemory() }
        scheduleTick()
    }

    private func lookAtDeadlines() {
        expireCalls()
        expirePages()
        giveBackRoomForAnswers()
        endDrain()
        noteProgress()
        switch state.tick(activity, now: now, limits: shared.limits) {
        case .nothing:
            break
        case .ping:
            activity.pingSentAt = now
            replies.buffer.writeFrame(.ping, body: ByteBuffer(integer: now.nanoseconds))
            flush()
        case .close(.peerDoesNotRead):
            // A GOAWAY would wait behind the answers that the peer doesn't read.
            shared.logger.info(
                "closing a connection that does not read",
                metadata: ["peer": "\(peer)"])
            context?.close(promise: nil)
        case .close(let violation):
            end(for: violation)
        }
    }

    /// Keeps account of whether the peer takes what waits for it, also below the mark at which the
    /// channel stops being writable.
    private func noteProgress() {
        guard let context, isChannelWritable,
            // A channel that is closed has no such option, and nobody waits for it.
            let waiting = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
        else { return }
        if waiting == 0 || waiting < waitingByteCount {
            activity.stalledSince = nil
        } else {
            activity.stalledSince = activity.stalledSince ?? now
        }
        waitingByteCount = waiting
    }

    /// Ends a drained connection when its calls are answered or its grace is over.
    private func endDrain() {
        guard let deadline = drainDeadline, state.stage == .draining else { return }
        let isIdle = state.update { $0.openStreams.values.allSatisfy(\.isSubscription) }
        guard (isIdle == true && !isHeldUp && !isYielding) || now >= deadline else { return }
        writeGoAway(
            code: .noError, isHard: true, message: "the server is shutting down", grace: .zero)
        finishConnection(patience: patience)
    }
}
