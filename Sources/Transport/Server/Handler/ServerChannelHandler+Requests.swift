import ConnectionState
import NIOCore
import TandemCore
import Wire

extension ServerChannelHandler {
    /// Looks at a request without decoding it, and hands it to its service if nothing speaks
    /// against it.
    func handleRequest(_ frame: Frame) throws(ProtocolViolation) {
        var body = frame.payload
        var metadata = Metadata()
        if frame.flags.contains(.metadata) {
            metadata = try Metadata(
                readingFrom: &body, byteCountMax: shared.limits.metadataByteCountMax)
            framesLeft -= (frame.payloadByteCount - body.readableBytes) / Self.scarceByteCount
        }
        let outcome = state.receive(
            request: frame, metadata: metadata, bodyByteCount: body.readableBytes,
            limits: shared.limits)
        switch outcome {
        case .close(let violation):
            throw violation
        case .refuse(let refusal):
            refuse(frame.stream, refusal.rejection, retryAfterMilliseconds: retryNever)
        case .dispatch(let method, let traits):
            if let json {
                framesLeft -= body.readableBytes / Self.scarceByteCount
                do throws(Rejection) {
                    body = try json.request(body, method, traits, stream: frame.stream)
                } catch {
                    return refuse(frame.stream, error, retryAfterMilliseconds: retryNever)
                }
            }
            guard mayDecode(body, method: method) else {
                let refusal = Refusal.tooManyElements(
                    countMax: shared.limits.requestElementCountMax)
                return refuse(
                    frame.stream, refusal.rejection, retryAfterMilliseconds: retryNever)
            }
            guard traits.isAnsweredAtOnce || memory.admitsCall else {
                return refuse(
                    frame.stream, .memoryFull(for: "another call of this method"),
                    retryAfterMilliseconds: 500)
            }
            if case .stream = traits.kind { boundNextPage() }
            dispatch(frame, method: method, traits: traits, metadata: metadata, body: body)
        }
    }

    private func refuse(
        _ stream: UInt32, _ rejection: Rejection, retryAfterMilliseconds: UInt32
    ) {
        let start = replies.buffer.writerIndex
        replies.error(
            stream, rejection, isNotProcessed: true,
            retryAfterMilliseconds: retryAfterMilliseconds)
        // It may name the method, and a name may be long.
        checkAnswer(.answered, from: start, stream: stream)
    }

    /// Charges the turn for what decoding the body will cost; false if that is more than a request
    /// may cost.
    private func mayDecode(_ body: ByteBuffer, method: Int) -> Bool {
        guard body.readableBytes > Self.unscannedByteCountMax else {
            // Not worth a look: an id and a few numbers.
            framesLeft -= body.readableBytes / Self.scarceByteCount
            return true
        }
        let elementCount = MessageScan.elementCount(
            in: body, of: shared.meta.methods.requestShape(method),
            elementCountMax: shared.limits.requestElementCountMax)
        framesLeft -=
            (elementCount ?? shared.limits.requestElementCountMax) / Self.elementCountLikeAFrame
        return elementCount != nil
    }

    /// Shorter bodies have few elements, whatever they hold.
    private static let unscannedByteCountMax = 256
    /// So many bytes of nothing but fields cost as much as a frame.
    private static let scarceByteCount = 64
    private static let elementCountLikeAFrame = 16

    private func dispatch(
        _ frame: Frame, method: Int, traits: MethodTraits, metadata: Metadata, body: ByteBuffer
    ) {
        let request = ServerRequest(
            stream: frame.stream, method: method, metadata: metadata, body: body,
            deadline: frame.b == 0 ? nil : activity.lastReceived.advanced(by: frame.b),
            now: activity.lastReceived)
        let start = replies.buffer.writerIndex
        if shared.meta.serves(method) {
            shared.meta.answer(request, isDraining: state.stage == .draining, to: &replies)
            return checkAnswer(.answered, from: start, stream: frame.stream)
        }
        guard let disposition = service?.handle(request, replies: &replies) else {
            preconditionFailure("A connection that serves has its service.")
        }
        switch disposition {
        case .pending:
            hasNewOpenStream = true
            state.hold(frame.stream, traits, byteCount: frame.length)
        case .answered, .paged:
            hasNewOpenStream = disposition == .paged
            checkAnswer(disposition, from: start, stream: frame.stream)
        }
        // A command's deadline is the writer's: once taken up, it has its real outcome.
        if let deadline = request.deadline, traits.idempotency == .readOnly, isOpen(frame.stream) {
            deadlines[frame.stream] = deadline
            scheduleTick(in: deadline.since(now))
        }
    }
}

extension MethodTraits {
    /// Whether an answer needs nothing but the documents: such calls are served to the last.
    ///
    /// By patterns: `==` of another module's enum is a call through its conformance.
    fileprivate var isAnsweredAtOnce: Bool {
        if case .unary = kind, case .readOnly = idempotency { true } else { false }
    }
}
