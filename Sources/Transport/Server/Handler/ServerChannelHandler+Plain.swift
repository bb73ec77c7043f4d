import ConnectionState
import NIOCore
import Wire

extension ServerChannelHandler {
    /// Opens the short way for the calls of a connection, if its service knows it. JSON has to be
    /// rewritten and checksums be verified, frame by frame.
    func servePlainCalls(_ agreement: Agreement) {
        guard shared.answersPlainCalls, !agreement.usesJSON, !agreement.usesChecksums,
            let answerer = service as? any PlainAnswerer
        else { return }
        plainAnswerer = answerer
        state.update { $0.serveAsPlain(answerer.plainMethods) }
    }

    /// Answers the plain calls at the front of what was received, many at a time, for as long as
    /// there are some and the turn lasts.
    func answerPlainCalls() {
        guard isShortWayOpen, let plainAnswerer else { return }
        while framesLeft > 0, unread.readableBytes > 0, !isOutgoingFull {
            let start = replies.buffer.writerIndex
            guard let run = answerRun(plainAnswerer) else { return }
            unread.moveReaderIndex(forwardBy: run.byteCount)
            state.update {
                $0.opened(upTo: run.lastStream, count: run.count, shared.limits)
            }
            activity.partialFrameSince = nil
            framesLeft -=
                run.count + (replies.buffer.writerIndex - start) / Self.byteCountLikeAFrame
            if !run.isWhole { return }
        }
    }

    /// Calls that were answered together.
    private struct PlainRun {
        let count: Int
        let byteCount: Int
        let lastStream: UInt32
        /// Whether those were all that were asked for.
        let isWhole: Bool
    }

    private func answerRun(_ answerer: any PlainAnswerer) -> PlainRun? {
        let countMax = min(framesLeft, PlainCall.countMax)
        return unsafe withUnsafeTemporaryAllocation(
            of: PlainCall.self, capacity: PlainCall.countMax
        ) { room in
            let received = unread
            let bytes = received.readableBytesSpan
            let calls = unsafe UnsafeMutableBufferPointer(rebasing: room[..<countMax])
            let count = unsafe state.plainCalls(in: bytes, into: calls, limits: shared.limits)
            guard count > 0 else { return nil }
            let answered = unsafe answerer.answer(
                UnsafeBufferPointer(rebasing: calls[..<count]).span, in: bytes,
                frameLengthMax: Int(Agreement.frameLengthFloor),
                byteCountMax: min(
                    shared.limits.outboundPauseByteCount - replies.buffer.readableBytes,
                    framesLeft * Self.byteCountLikeAFrame),
                replies: &replies)
            guard answered > 0 else { return nil }
            let last = unsafe calls[answered - 1]
            return PlainRun(
                count: answered, byteCount: last.end, lastStream: last.stream,
                isWhole: answered == count)
        }
    }
}
