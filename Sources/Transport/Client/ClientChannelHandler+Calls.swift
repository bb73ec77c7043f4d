import ConnectionState
import NIOCore
import TandemCore
import Wire

extension ClientChannelHandler {
    /// Starts what other threads submitted.
    func startSubmitted() {
        // Taken out for as long as it is looked at: a call may end at once, and its sink start
        // another.
        var calls = submitted
        submitted = []
        inbox.take(into: &calls)
        let now = MonotonicTime.current
        for call in calls { start(call, now: now) }
        calls.removeAll(keepingCapacity: true)
        submitted = calls
        flush()
    }

    func start(_ call: ClientCall, now: MonotonicTime = .current) {
        call.isStarted = true
        guard !call.isCancelled else { return call.finish(.failure(.cancelled(isOpen: false))) }
        call.deadline = call.call.timeout.map {
            now.advanced(by: UInt32(clamping: $0.wholeMilliseconds))
        }
        guard waiting.isEmpty, begin(call, now: now) else { return waiting.append(call) }
        closeIfDone()
    }

    /// Sends what waits for a slot, as far as there are slots.
    func sendWaiting() {
        guard !waiting.isEmpty else { return }
        let now = MonotonicTime.current
        while let call = waiting.first, call.isFinished || begin(call, now: now) {
            _ = waiting.removeFirst()
        }
        closeIfDone()
    }

    /// Sends a call, or tells it why not; false if it has to wait for a slot.
    private func begin(_ call: ClientCall, now: MonotonicTime) -> Bool {
        guard isWithinLimits(call.call) else {
            call.finish(.failure(.requestTooLarge))
            return true
        }
        let onStart = state.start(
            calls.next, method: call.call.method, isStream: call.call.kind.map { $0 == .stream })
        switch onStart {
        case .wait:
            return false
        case .send(let stream):
            (call.stream, call.place) = (stream, calls.next)
            calls.add(call)
            write(call, stream: stream, now: now)
        case .refuse:
            call.finish(.failure(failure(sentOn: nil)))
        case .refuseKind:
            call.finish(.failure(.wrongKind))
        }
        return true
    }

    /// Whether the server accepts a frame of the request's size: one that it doesn't would end the
    /// connection, and every other call on it.
    private func isWithinLimits(_ call: OutboundCall) -> Bool {
        guard frameOutLengthMax > 0 else { return true }
        let room = frameOutLengthMax - Int(FrameHeader.lengthMin) - call.body.readableBytes
        // Without entries of the caller's, the longest metadata block is shorter than this.
        guard min(room, metadataByteCountMax) < 64 || call.context != .empty else { return true }
        let entriesByteCount = metadata(of: call).entriesByteCount
        guard entriesByteCount <= metadataByteCountMax else { return false }
        return room >= (entriesByteCount == 0 ? 0 : entriesByteCount + 2)
    }

    private func metadata(of call: OutboundCall) -> Metadata {
        var metadata = Metadata()
        metadata.idempotencyKey = call.key
        metadata.atLeast = call.atLeast
        metadata.maxStalenessMilliseconds = call.maxStaleness.map {
            UInt32(clamping: max(0, $0.wholeMilliseconds))
        }
        metadata.traceParent = call.context.traceParent
        metadata.custom = call.context.custom
        return metadata
    }

    private func write(_ call: ClientCall, stream: UInt32, now: MonotonicTime) {
        let left = call.deadline.map {
            UInt32(clamping: max(1, $0.since(now).wholeMilliseconds))
        }
        outgoing.writeFrame(
            .request, a: UInt16(clamping: call.call.method), stream: stream, b: left ?? 0,
            metadata: metadata(of: call.call), body: call.call.body)
    }

    /// Gives up a call whose caller wants it no more. One that is yet to come ends when it comes:
    /// nobody may wait for it before.
    func cancel(_ call: ClientCall) {
        guard call.isStarted else { return }
        giveUp(call, .cancelled(isOpen: call.stream != nil))
    }

    /// Gives up a call; its sink hears of it at once, the server as soon as may be. A call that
    /// still waited for a slot was certainly not processed.
    private func giveUp(_ call: ClientCall, _ failure: CallFailure) {
        guard !call.isFinished else { return }
        if let stream = call.stream {
            _ = calls.remove(at: call.place)
            if state.abandon(stream: stream) {
                outgoing.writeFrame(.cancel, stream: stream)
                flush()
            }
        }
        call.finish(.failure(failure))
    }

    /// The caller has dealt with the oldest item that it has in hand.
    func grantCredit(_ call: ClientCall) {
        guard !call.isFinished, let byteCount = call.unsettled.removeFirst() else { return }
        settle(byteCount, of: call)
        flush()
    }

    /// Lets the server send as many bytes anew as were dealt with.
    ///
    /// Not for every item: a CREDIT for a few bytes is a nuisance, and servers count those. What
    /// is left of the window until then is three quarters of it.
    func settle(_ byteCount: Int, of call: ClientCall) {
        call.uncredited += byteCount
        guard let stream = call.stream,
            call.uncredited >= Int(configuration.initialWindow) / 4
        else { return }
        outgoing.writeFrame(.credit, stream: stream, b: UInt32(clamping: call.uncredited))
        call.uncredited = 0
    }

    func expireCalls(now: MonotonicTime) {
        // Those that were given up while they waited.
        waiting.removeAll(where: \.isFinished)
        // The server keeps the deadline too, and knows more: it gets a moment to say so.
        let grace = Duration.milliseconds(250)
        let isExpired = { (call: ClientCall) in
            guard let deadline = call.deadline, now > deadline else { return false }
            return now.since(deadline) > grace
        }
        let expired = calls.all(where: isExpired) + waiting.all.filter(isExpired)
        guard !expired.isEmpty else { return }
        isInBatch = true
        defer {
            isInBatch = false
            sendWaiting()
            flush()
        }
        for call in expired { giveUp(call, .expired(isOpen: call.stream != nil)) }
    }
}

extension CallFailure {
    /// - Parameter isOpen: whether the server has it.
    fileprivate static func cancelled(isOpen: Bool) -> CallFailure {
        CallFailure(
            .cancelled, reason: "CANCELLED", message: "The call was cancelled.",
            isNotProcessed: !isOpen)
    }

    fileprivate static func expired(isOpen: Bool) -> CallFailure {
        CallFailure(
            .deadlineExceeded, reason: "DEADLINE_EXCEEDED",
            message: "No answer came within the call's deadline.", isNotProcessed: !isOpen)
    }

    fileprivate static let wrongKind = CallFailure(
        .invalidArgument, reason: "WRONG_KIND",
        message: "The server answers this method in another way: one of the two is too old.",
        isNotProcessed: true, retryAfter: .never)
    fileprivate static let requestTooLarge = CallFailure(
        .resourceExhausted, reason: "REQUEST_TOO_LARGE",
        message: "The request or its metadata is longer than the server accepts.",
        isNotProcessed: true, retryAfter: .never)
}
