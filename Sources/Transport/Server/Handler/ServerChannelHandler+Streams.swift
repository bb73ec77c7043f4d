import ConnectionState
import NIOCore
import TandemCore
import Wire

extension ServerChannelHandler {
    /// After a page was written: leaves it where it is if the stream's window covers it, or else
    /// takes it out of the outgoing buffer, to be sent as credit comes.
    func holdBack(pageFrom start: Int, stream: UInt32) {
        let byteCount = replies.buffer.writerIndex - start
        let window = state.update { Int($0.agreement.initialWindow) } ?? 0
        guard byteCount + trailersByteCount(from: start) > window,
            let frames = replies.buffer.viewBytes(at: start, length: byteCount)
        else { return }
        // One page may always wait: refused for its own size, it would be so for ever.
        let limit = shared.limits.heldPageByteCountMax
        guard memory.pageByteCount == 0 || memory.pageByteCount + byteCount <= limit else {
            // Not a reason to stop reading: the credit that these pages wait for has to be read.
            return refusePage(stream, from: start, .tooManyHeldPages, after: 100)
        }
        let page = PendingPage(frames, dueAt: now.advanced(by: heldPageMilliseconds))
        guard memory.reservePage(page.heldByteCount) else {
            return refusePage(
                stream, from: start, .memoryFull(for: "a page that waits for credit"), after: 500)
        }
        replies.buffer.moveWriterIndex(to: start)
        pages[stream] = page
        state.hold(stream, .heldPage, byteCount: 0)
        scheduleTick(in: shared.limits.heldPageTimeout)
        sendPage(stream)
    }

    /// Says how long the page may be that is written next: what the stream's window covers, or what
    /// has room while it waits.
    func boundNextPage() {
        let window = state.update { Int($0.agreement.initialWindow) } ?? 0
        let left =
            memory.pageByteCount == 0
            ? Int.max : shared.limits.heldPageByteCountMax - memory.pageByteCount
        replies.pageByteCountMax = max(window, min(left, memory.roomForPage))
    }

    private var heldPageMilliseconds: UInt32 {
        UInt32(clamping: shared.limits.heldPageTimeout.wholeMilliseconds)
    }

    private func refusePage(
        _ stream: UInt32, from start: Int, _ rejection: Rejection, after milliseconds: UInt32
    ) {
        replies.buffer.moveWriterIndex(to: start)
        replies.error(
            stream, rejection, isNotProcessed: true, retryAfterMilliseconds: milliseconds)
    }

    /// What the frames written since `start` grow by when they leave.
    private func trailersByteCount(from start: Int) -> Int {
        guard trailerByteCount > 0 else { return 0 }
        var byteCount = 0
        var index = start
        while let length: UInt32 = replies.buffer.getInteger(at: index) {
            byteCount += trailerByteCount
            index += Int(length) + 4
        }
        return byteCount
    }

    /// Sends the frames of a held page that its credit and the outgoing buffer allow.
    private func sendPage(_ stream: UInt32) {
        guard var page = pages[stream] else { return }
        // One owner at a time, or each frame taken off would copy the rest.
        pages[stream] = nil
        while let (frame, isItem) = page.next(mayItem: maySendItem(on: stream)) {
            replies.buffer.writeBytes(frame)
            guard isItem else {
                memory.releasePage(page.heldByteCount)
                if pages.isEmpty { pages = [:] }
                finish(stream) { _ in }
                return
            }
            state.update { $0.spendCredit(frame.count + trailerByteCount, on: stream) }
        }
        pages[stream] = page
    }

    /// Drops a held page; false if the stream has none.
    func dropPage(_ stream: UInt32) -> Bool {
        guard let page = pages.removeValue(forKey: stream) else { return false }
        memory.releasePage(page.heldByteCount)
        // A dictionary keeps the room that it once needed.
        if pages.isEmpty { pages = [:] }
        return true
    }

    /// Ends the pages that have waited for long enough, and of which too little was taken; but not
    /// those that only wait behind others on a slow line, which has a limit of its own.
    func expirePages() {
        guard !pages.isEmpty else { return }
        let now = now
        let next = now.advanced(by: heldPageMilliseconds)
        let due = pages.filter { $0.value.dueAt <= now }.keys.sorted()
        for stream in due
        where pages[stream]?.mayWait(until: next) == false && !streamsWithoutRoom.contains(stream) {
            _ = dropPage(stream)
            finish(stream) {
                $0.error(
                    stream, .pageNotTaken(in: heldPageMilliseconds), isNotProcessed: false,
                    retryAfterMilliseconds: retryNever)
            }
        }
        if !due.isEmpty { flush() }
    }

    func maySendItem(on stream: UInt32) -> Bool {
        guard isOpen(stream) else { return false }
        guard state.update({ $0.maySendItem(on: stream) }) == true else {
            streamsWithoutCredit.insert(stream)
            return false
        }
        return hasRoom(for: stream)
    }

    /// Whether an answer may be written now; if not, the stream is resumed when it may.
    func hasRoom(for stream: UInt32) -> Bool {
        guard context != nil, isChannelWritable,
            replies.buffer.readableBytes < shared.limits.outboundPauseByteCount
        else {
            streamsWithoutRoom.insert(stream)
            return false
        }
        return true
    }

    /// Writes an ITEM; false if the stream has ended, be it because the client takes none so long.
    func sendItem(
        _ stream: UInt32, encoding: UInt16, rawByteCount: UInt32, body: ByteBuffer
    ) -> Bool {
        guard isOpen(stream) else { return false }
        let start = replies.buffer.writerIndex
        replies.beginItem(
            stream, encoding: encoding, rawByteCount: rawByteCount,
            bodyByteCount: body.readableBytes)
        replies.buffer.writeImmutableBuffer(body)
        let isItem = json?.rewrite(&replies, from: start, stream: stream) ?? true
        let byteCount = replies.buffer.writerIndex - start
        guard isItem, !refuseIfTooLong(from: start, stream: stream) else {
            finish(stream) { _ in }
            return false
        }
        state.update { $0.spendCredit(byteCount + trailerByteCount, on: stream) }
        return true
    }

    func isOpen(_ stream: UInt32) -> Bool {
        state.update { $0.openStreams[stream] != nil } == true
    }

    func finish(_ stream: UInt32, _ write: (inout ReplyWriter) -> Void) {
        streamsWithoutCredit.remove(stream)
        streamsWithoutRoom.remove(stream)
        forgetDeadline(of: stream)
        guard state.finish(stream) else { return }
        let start = replies.buffer.writerIndex
        write(&replies)
        endInJSON(from: start, stream: stream)
        refuseIfTooLong(from: start, stream: stream)
    }

    func answer(_ stream: UInt32, _ write: (inout ReplyWriter) -> Disposition) {
        guard isOpen(stream) else { return }
        boundNextPage()
        let start = replies.buffer.writerIndex
        let disposition = write(&replies)
        guard disposition != .pending else { return }
        state.finish(stream)
        checkAnswer(disposition, from: start, stream: stream)
        if !isOpen(stream) { forgetDeadline(of: stream) }
    }

    /// Looks at an answer that a service has just written: whether the client takes its frames, and
    /// whether they may go out yet.
    func checkAnswer(_ disposition: Disposition, from start: Int, stream: UInt32) {
        // A turn is measured in work, also in that which is thrown away below.
        endInJSON(from: start, stream: stream)
        framesLeft -= (replies.buffer.writerIndex - start) / Self.byteCountLikeAFrame
        let isRefused = refuseIfTooLong(from: start, stream: stream)
        if disposition == .paged, !isRefused { holdBack(pageFrom: start, stream: stream) }
    }

    /// All of an answer was written, or the rest of it.
    private func endInJSON(from start: Int, stream: UInt32) {
        guard let json else { return }
        framesLeft -= (replies.buffer.writerIndex - start) / Self.byteCountLikeAFrame
        json.rewrite(&replies, from: start, stream: stream)
        json.ended(stream)
    }

    /// A request or an answer costs as much as another frame for each so many bytes.
    static let byteCountLikeAFrame = 8 << 10

    /// Puts an error in the place of an answer with a frame longer than the client accepts: such a
    /// frame would end the connection, and every other call on it.
    @discardableResult
    private func refuseIfTooLong(from start: Int, stream: UInt32) -> Bool {
        guard replies.buffer.writerIndex - start > frameOutLengthMax + 4 else { return false }
        var index = start
        while let length: UInt32 = replies.buffer.getInteger(at: index) {
            guard length <= frameOutLengthMax else {
                replies.buffer.moveWriterIndex(to: start)
                let rejection = Rejection.answerTooLarge(
                    byteCount: Int(length), byteCountMax: frameOutLengthMax)
                replies.error(
                    stream, rejection, isNotProcessed: false, retryAfterMilliseconds: retryNever)
                return true
            }
            index += Int(length) + 4
        }
        return false
    }

    private func forgetDeadline(of stream: UInt32) {
        // Most calls have none, or were answered before it was noted.
        guard !deadlines.isEmpty else { return }
        deadlines[stream] = nil
        if deadlines.isEmpty { deadlines = [:] }
    }

    /// Ends the open calls whose deadline has passed.
    func expireCalls() {
        guard !deadlines.isEmpty else { return }
        let now = now
        let expired = deadlines.filter { $0.value <= now }.keys.sorted()
        for stream in expired {
            deadlines[stream] = nil
            if dropPage(stream) {
                finish(stream) { $0.error(stream, .deadlineExceeded, isNotProcessed: false) }
            } else {
                service?.expire(stream)
            }
        }
        if !expired.isEmpty { flush() }
    }

    /// Credit came for a stream.
    func resume(_ stream: UInt32) {
        guard streamsWithoutCredit.remove(stream) != nil else { return }
        goOn(stream)
    }

    func goOn(_ stream: UInt32) {
        if pages[stream] != nil {
            sendPage(stream)
        } else {
            service?.resume(stream)
        }
    }
}

extension Rejection {
    fileprivate static let tooManyHeldPages = Rejection(
        .resourceExhausted, reason: "TOO_MANY_HELD_PAGES",
        message: "Too many bytes of pages wait for credit on this connection; grant credit, or "
            + "ask again when some of those pages have ended.")

    fileprivate static func pageNotTaken(in milliseconds: UInt32) -> Rejection {
        Rejection(
            .resourceExhausted, reason: "PAGE_NOT_TAKEN",
            message: "In \(milliseconds) ms too little of the page was taken, and the server "
                + "dropped it; grant credit sooner, or ask for a smaller page.")
    }

    fileprivate static func answerTooLarge(byteCount: Int, byteCountMax: Int) -> Rejection {
        Rejection(
            .resourceExhausted, reason: "ANSWER_TOO_LARGE",
            message: "The answer takes a frame of \(byteCount) bytes; the client accepts "
                + "\(byteCountMax) at the most.")
    }
}
