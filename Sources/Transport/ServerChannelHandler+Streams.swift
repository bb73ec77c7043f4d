import NIOCore
import Session
import Wire

extension ServerChannelHandler {
    /// After a page was written: leaves it where it is if the stream's window covers it, or else
    /// takes it out of the outgoing buffer, to be sent as credit comes.
    func holdBack(pageFrom start: Int, stream: UInt32) {
        let byteCount = replies.buffer.writerIndex - start
        let window = session.update { Int($0.agreement.initialWindow) } ?? 0
        guard byteCount > window,
            let frames = replies.buffer.getSlice(at: start, length: byteCount)
        else { return }
        // A copy: the outgoing buffer is about to be sent and reused.
        pages[stream] = PendingPage(ByteBuffer(buffer: frames))
        replies.buffer.moveWriterIndex(to: start)
        session.hold(stream, kind: .stream, byteCount: byteCount)
        sendPage(stream)
    }

    /// Sends the frames of a held page that its credit and the outgoing buffer allow.
    func sendPage(_ stream: UInt32) {
        guard var page = pages.removeValue(forKey: stream) else { return }
        while let (frame, isItem) = page.next(mayItem: maySendItem(on: stream)) {
            replies.buffer.writeImmutableBuffer(frame)
            guard isItem else {
                session.finish(stream)
                return
            }
            session.update { $0.spendCredit(frame.readableBytes, on: stream) }
        }
        session.update { $0.setByteCount(page.byteCount, of: stream) }
        pages[stream] = page
    }

    func maySendItem(on stream: UInt32) -> Bool {
        let hasCredit = session.update { $0.maySendItem(on: stream) } ?? false
        let hasRoom =
            context?.channel.isWritable == true
            && replies.buffer.readableBytes < shared.limits.outboundPauseByteCount
        if !(hasCredit && hasRoom) { stalledStreams.insert(stream) }
        return hasCredit && hasRoom
    }

    func sendItem(_ stream: UInt32, encoding: UInt16, rawByteCount: UInt32, body: ByteBuffer) {
        let start = replies.buffer.writerIndex
        replies.beginItem(
            stream, encoding: encoding, rawByteCount: rawByteCount,
            bodyByteCount: body.readableBytes)
        replies.buffer.writeImmutableBuffer(body)
        let byteCount = replies.buffer.writerIndex - start
        session.update { $0.spendCredit(byteCount, on: stream) }
    }

    func finish(_ stream: UInt32, _ write: (inout ReplyWriter) -> Void) {
        stalledStreams.remove(stream)
        guard session.finish(stream) else { return }
        write(&replies)
    }

    func answer(_ stream: UInt32, _ write: (inout ReplyWriter) -> Disposition) {
        guard session.update({ $0.openStreams[stream] != nil }) == true else { return }
        let start = replies.buffer.writerIndex
        switch write(&replies) {
        case .pending:
            break
        case .answered:
            session.finish(stream)
        case .paged:
            session.finish(stream)
            holdBack(pageFrom: start, stream: stream)
        }
    }

    /// Credit came for a stream, or room for all of them.
    func resume(_ stream: UInt32) {
        guard stalledStreams.remove(stream) != nil else { return }
        if pages[stream] != nil {
            sendPage(stream)
        } else {
            service?.resume(stream)
        }
    }

    func resumeStreams() {
        for stream in stalledStreams.sorted() { resume(stream) }
        flush()
    }
}
