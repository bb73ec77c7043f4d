import ConnectionState
import NIOCore
import TandemCore
import Wire

extension ClientChannelHandler {
    func start(_ id: CallID, _ call: OutboundCall, _ sink: any CallSink) {
        let deadline = call.timeout.map {
            MonotonicTime.current.advanced(by: UInt32(clamping: $0.wholeMilliseconds))
        }
        calls[id] = ClientCall(call: call, sink: sink, deadline: deadline)
        waiting.append(id)
        sendWaiting()
    }

    /// Sends what waits for a slot, as far as there are slots.
    func sendWaiting() {
        while let id = waiting.first {
            guard let active = calls[id] else {
                _ = waiting.removeFirst()
                continue
            }
            guard isWithinLimits(active.call) else {
                _ = waiting.removeFirst()
                finish(id, .failure(.requestTooLarge))
                continue
            }
            let onStart = state.start(
                id, method: active.call.method, isStream: active.call.kind.map { $0 == .stream })
            switch onStart {
            case .wait:
                return
            case .send(let stream):
                _ = waiting.removeFirst()
                calls[id]?.stream = stream
                write(active.call, deadline: active.deadline, stream: stream)
            case .refuse:
                _ = waiting.removeFirst()
                finish(id, .failure(failure(sentOn: nil)))
            case .refuseKind:
                _ = waiting.removeFirst()
                finish(id, .failure(.wrongKind))
            }
        }
        closeIfDone()
    }

    /// Tells a call its result. The call is forgotten first: its sink may start another.
    private func finish(_ id: CallID, _ result: CallResult) {
        calls.removeValue(forKey: id)?.sink.receive(.finished(result))
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

    private func write(_ call: OutboundCall, deadline: MonotonicTime?, stream: UInt32) {
        let left = deadline.map {
            UInt32(clamping: max(1, $0.since(.current).wholeMilliseconds))
        }
        outgoing.writeFrame(
            .request, a: UInt16(clamping: call.method), stream: stream, b: left ?? 0,
            metadata: metadata(of: call), body: call.body)
    }

    /// Gives up a call; its sink hears of it at once, the server as soon as may be. A call that
    /// still waited for a slot was certainly not processed.
    func cancel(_ id: CallID, _ code: StatusCode, reason: String, message: String) {
        guard let active = calls.removeValue(forKey: id) else { return }
        if let stream = active.stream, state.abandon(stream: stream) {
            outgoing.writeFrame(.cancel, stream: stream)
            flush()
        }
        active.sink.receive(
            .finished(
                .failure(
                    CallFailure(
                        code, reason: reason, message: message,
                        isNotProcessed: active.stream == nil))))
    }

    /// The caller has dealt with the oldest item that it has in hand.
    func grantCredit(_ id: CallID) {
        guard let byteCount = calls[id]?.unsettled.removeFirst() else { return }
        settle(byteCount, of: id)
        flush()
    }

    /// Lets the server send as many bytes anew as were dealt with.
    ///
    /// Not for every item: a CREDIT for a few bytes is a nuisance, and servers count those. What
    /// is left of the window until then is three quarters of it.
    func settle(_ byteCount: Int, of id: CallID) {
        calls[id]?.uncredited += byteCount
        guard let active = calls[id], let stream = active.stream,
            active.uncredited >= Int(configuration.initialWindow) / 4
        else { return }
        calls[id]?.uncredited = 0
        outgoing.writeFrame(.credit, stream: stream, b: UInt32(clamping: active.uncredited))
    }

    func expireCalls(now: MonotonicTime) {
        // The server keeps the deadline too, and knows more: it gets a moment to say so.
        let grace = Duration.milliseconds(250)
        let expired = calls.filter { _, active in
            guard let deadline = active.deadline, now > deadline else { return false }
            return now.since(deadline) > grace
        }
        guard !expired.isEmpty else { return }
        isInBatch = true
        defer {
            isInBatch = false
            sendWaiting()
            flush()
        }
        for id in expired.keys.sorted(by: { $0.number < $1.number }) {
            cancel(
                id, .deadlineExceeded, reason: "DEADLINE_EXCEEDED",
                message: "No answer came within the call's deadline.")
        }
    }
}

extension CallFailure {
    fileprivate static let wrongKind = CallFailure(
        .invalidArgument, reason: "WRONG_KIND",
        message: "The server answers this method in another way: one of the two is too old.",
        isNotProcessed: true, retryAfter: .never)
    fileprivate static let requestTooLarge = CallFailure(
        .resourceExhausted, reason: "REQUEST_TOO_LARGE",
        message: "The request or its metadata is longer than the server accepts.",
        isNotProcessed: true, retryAfter: .never)
}
