import ConnectionState
import NIOCore
package import TandemCore
import Wire
import WireMessages

extension ServerChannelHandler {
    /// Handles what was received, for as long as its answers find room, and for one turn.
    func process() {
        // Sending may make the channel writable again, which calls back: the loop below sees it.
        guard !isInBatch, !isSending, !isYielding else { return }
        framesLeft = shared.framesInTurnMax
        repeat {
            isHeldUp = handleBatch()
            send()
        } while isHeldUp && mayHandleMore && framesLeft > 0
        yieldIfTurnIsOver()
        keepUnread()
        updateReading()
        closeIfFinished()
    }

    /// One read may bring thousands of small frames, and each of them may ask for a page of 1 MiB;
    /// the other connections of the event loop don't wait for all of it.
    private func yieldIfTurnIsOver() {
        guard framesLeft <= 0, unread.readableBytes > 0, !isYielding, !isFinished else { return }
        isYielding = true
        inNextTurn { $0.resumeInput() }
    }

    /// After all others of the event loop that have more to do.
    func inNextTurn(_ body: @escaping (ServerChannelHandler) -> Void) {
        guard let context else { return }
        TurnQueue.on(context.eventLoop).add {
            body(self)
            return false
        }
    }

    /// Ends the turn with the frame that is being handled; the next one comes when
    /// ``resumeInput()`` says so.
    func holdInput() {
        framesLeft = 0
        isYielding = true
    }

    func resumeInput() {
        guard isYielding else { return }
        isYielding = false
        process()
    }

    /// Handles whole frames while there is room for their answers; true if room is what ran out.
    private func handleBatch() -> Bool {
        guard unread.readableBytes > 0 else { return false }
        guard mayHandleMore else { return !isFinished }
        isInBatch = true
        service?.batchBegan(now: now)
        isShortWayOpen = plainAnswerer?.answersPlainly == true
        while !isOutgoingFull, !isFinished, framesLeft > 0 {
            answerPlainCalls()
            let unreadByteCount = unread.readableBytes
            guard unreadByteCount > 0, framesLeft > 0, !isOutgoingFull else { break }
            guard handleNext() else { break }
            framesLeft -= 1 + (unreadByteCount - unread.readableBytes) / Self.byteCountLikeAFrame
            if unread.readableBytes == 0 { break }
            // Within a batch nothing is sent, so only a request that stays open takes room.
            if hasNewOpenStream {
                hasNewOpenStream = false
                guard mayHandleMore else { break }
            }
        }
        let isRoomGone = !mayHandleMore && unread.readableBytes > 0 && !isFinished
        service?.batchEnded()
        isInBatch = false
        return isRoomGone
    }

    /// Whether there is room for the answers of one more frame.
    private var mayHandleMore: Bool {
        guard context != nil, isChannelWritable, !isFinished, !isHoarding else {
            return false
        }
        let openByteCount = state.update { $0.openByteCount } ?? 0
        return !isOutgoingFull && openByteCount <= shared.limits.inFlightByteCountMax
    }

    var isOutgoingFull: Bool {
        replies.buffer.readableBytes >= shared.limits.outboundPauseByteCount
    }

    /// Lets go of the channel's receive buffer; an incomplete frame moves to memory of our own.
    func keepUnread() {
        guard unread.readableBytes > 0, !isFinished else {
            unread = ByteBuffer()
            isUnreadOurs = false
            activity.partialFrameSince = nil
            return
        }
        if !isUnreadOurs {
            unread = ByteBuffer(buffer: unread)
            isUnreadOurs = true
        }
        giveBackRoomForAnswers(unless: unread.storageCapacity <= Self.keptCapacityMax / 2)
        // What we have no room for is not the peer's delay.
        guard !isHeldUp, !isYielding else {
            activity.partialFrameSince = nil
            return
        }
        guard activity.partialFrameSince == nil else { return }
        activity.partialFrameSince = now
        scheduleTick()
    }

    func updateReading() {
        let openByteCount = countMemory()
        let isHoarding = isHoarding
        if isHoarding { lookAgain() }
        let pause =
            !isFinished
            && (isYielding || !isChannelWritable || isHoarding
                || openByteCount > shared.limits.inFlightByteCountMax)
        guard pause != isReadingPaused else { return }
        isReadingPaused = pause
        guard !isInputClosed else { return }
        activity.isReadingPaused = pause
        // A channel that can't is closed, and reads nothing either way.
        try? context?.channel.syncOptions?.setOption(.autoRead, value: !pause)
    }

    /// Handles one frame; false when there is none, or when the connection has ended.
    private func handleNext() -> Bool {
        do throws(ProtocolViolation) {
            switch state.stage {
            case .closed:
                return false
            case .preface:
                return try handlePreface()
            case .hello, .serving, .draining:
                switch try decoder.next(from: &unread) {
                case .incomplete:
                    return false
                case .frame(let frame):
                    activity.partialFrameSince = nil
                    try handle(frame)
                case .skipped(let type):
                    activity.partialFrameSince = nil
                    try carryOut(
                        state.receiveSkipped(type: type, now: now, limits: shared.limits),
                        frame: nil)
                }
                return true
            }
        } catch {
            end(for: error)
            return false
        }
    }

    private func handlePreface() throws(ProtocolViolation) -> Bool {
        guard let preface = try Preface.read(from: &unread) else { return false }
        switch state.receive(preface, servedRole: shared.meta.methods.role) {
        case .awaitHello: return true
        case .close(let violation): throw violation
        }
    }

    private func handle(_ frame: Frame) throws(ProtocolViolation) {
        switch frame.type {
        case .request:
            try handleRequest(frame)
        case .hello:
            try handleHello(frame)
        case .goAway:
            // Decoded only to be checked: no longer than HELLO, so that this costs no more.
            guard frame.length <= shared.limits.helloLengthMax else {
                throw .frameTooLong(
                    length: UInt32(frame.length), lengthMax: shared.limits.helloLengthMax)
            }
            _ = try GoAway(body: frame.payload, of: .goAway)
            try carryOut(
                state.receive(control: frame, now: now, limits: shared.limits), frame: frame)
        case .welcome, .response, .item, .end, .error, .cancel, .credit, .ping, .pong:
            try carryOut(
                state.receive(control: frame, now: now, limits: shared.limits), frame: frame)
        }
    }

    private func handleHello(_ frame: Frame) throws(ProtocolViolation) {
        let hello = try Hello(body: frame.payload, of: .hello)
        let outcome = state.receive(
            hello, methods: shared.meta.methods, clusterID: shared.service.identity.clusterID,
            limits: shared.limits)
        switch outcome {
        case .close(let violation):
            throw violation
        case .welcome(let agreement):
            decoder.lengthMax = shared.limits.frameInLengthMax
            trailerByteCount = agreement.usesChecksums ? FrameTrailer.byteCount : 0
            decoder.checksums = agreement.usesChecksums ? .awaited : .notAgreed
            frameOutLengthMax = Int(agreement.frameOutLengthMax) - trailerByteCount
            shared.connections.shookHands(self)
            guard let context else { return }
            let port = ServerPort(channel: context.channel, handler: self)
            if agreement.usesJSON {
                replies.speaksJSON = true
                json = JSONBodies(
                    shared.meta.methods,
                    elementCountMax: shared.limits.requestElementCountMax)
            }
            let offered = agreement.acceptsZlib ? shared.service.dictionaries() : []
            service = shared.service.makeService(
                for: port, agreement: agreement, dictionaryCount: offered.count)
            servePlainCalls(agreement)
            let welcome = Welcome(to: hello, agreement, shared: shared, dictionaries: offered)
            replies.buffer.writeFrame(
                .welcome, body: agreement.usesJSON ? welcome.jsonBody() : welcome.body())
            service?.batchBegan(now: now)
            // Silence counts from here on, and may be allowed less time than the handshake.
            scheduleTick()
        }
    }

    private func carryOut(
        _ outcome: ServerConnectionState.OnControl, frame: Frame?
    ) throws(ProtocolViolation) {
        switch outcome {
        case .ignore:
            break
        case .pong:
            if let frame { replies.buffer.writeFrame(.pong, body: frame.payload) }
        case .cancel(let stream):
            if dropPage(stream) {
                finish(stream) { $0.error(stream, .cancelledByClient, isNotProcessed: false) }
            } else {
                service?.cancel(stream)
            }
        case .resume(let stream):
            resume(stream)
        case .close(let violation):
            throw violation
        }
    }
}

extension Rejection {
    package static let deadlineExceeded = Rejection(
        .deadlineExceeded, reason: "DEADLINE_EXCEEDED",
        message: "The call was still open when its deadline passed.")

    package static let cancelledByClient = Rejection(
        .cancelled, reason: "CANCELLED", message: "The client cancelled the call.")
}
