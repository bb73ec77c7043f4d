import NIOCore
import Session
import Wire

extension ServerChannelHandler {
    /// Outgoing memory up to this is used again; a connection that once had a large answer
    /// doesn't hold on to it.
    private static let keptCapacityMax = 256 << 10

    /// A service wrote answers outside of a batch: sends them, and reads on if they made room.
    func flush() {
        guard !isInBatch, !isSending else { return }
        send()
        if isReadingPaused { process() } else { closeIfFinished() }
    }

    /// Sends what was written, and then what waited for room, for as long as there is some.
    func send() {
        guard !isInBatch, !isSending else { return }
        isSending = true
        repeat {
            writeOut()
            resumeStreamsWithoutRoom()
        } while replies.buffer.readableBytes > 0 && context != nil
        isSending = false
    }

    /// Hands the outgoing buffer to the channel, in one piece.
    func writeOut() {
        guard let context, replies.buffer.readableBytes > 0 else { return }
        var bytes = trailerByteCount == 0 ? replies.buffer : replies.buffer.sealed()
        // Taken out first: the channel calls back from within the write when it has become
        // writable again, and must not find the same bytes there once more.
        replies.buffer = ByteBuffer()
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        guard context.channel.isWritable else {
            activity.stalledSince = activity.stalledSince ?? now
            return
        }
        if bytes.capacity <= Self.keptCapacityMax, replies.buffer.readableBytes == 0 {
            // If the kernel took it all, the memory is ours again; if not, this makes a new buffer.
            bytes.clear()
            replies.buffer = bytes
        }
    }

    /// The streams that had credit but no room, in the order of their ids.
    private func resumeStreamsWithoutRoom() {
        guard !streamsWithoutRoom.isEmpty, context?.channel.isWritable == true else { return }
        let streams = streamsWithoutRoom.sorted()
        streamsWithoutRoom = []
        for stream in streams { goOn(stream) }
    }
}
