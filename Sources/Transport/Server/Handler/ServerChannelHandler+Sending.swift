import ConnectionState
import NIOCore
import Wire

extension ServerChannelHandler {
    /// Outgoing memory up to this is used again; a connection that once had a large answer
    /// doesn't hold on to it.
    static let keptCapacityMax = 64 << 10

    /// A service wrote answers outside of a batch: sends them, and reads on if they made room.
    func flush() {
        guard !isInBatch, !isSending else { return }
        send()
        if isReadingPaused {
            process()
        } else {
            countMemory()
            closeIfFinished()
        }
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
        // The channel may keep it for as long as the peer doesn't read, with all its storage: that
        // of a page that was taken out again, say.
        let slackMax = isBacklogged ? Self.smallByteCount : Self.keptCapacityMax
        if bytes.storageCapacity > 2 * bytes.readableBytes + slackMax {
            bytes = ByteBuffer(buffer: bytes)
        }
        isBacklogged = true
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        guard isChannelWritable else {
            activity.stalledSince = activity.stalledSince ?? now
            return
        }
        // Ours again if the kernel took it all.
        let isTaken: Void? = bytes.modifyIfUniquelyOwned { $0.clear() }
        guard isTaken != nil else { return }
        isBacklogged = false
        if bytes.storageCapacity <= Self.keptCapacityMax, replies.buffer.readableBytes == 0 {
            replies.buffer = bytes
        }
    }

    /// So little is not worth a copy, and no hoard.
    private static let smallByteCount = 4 << 10

    /// Drops an outgoing buffer that is empty and only kept for the next answers.
    func giveBackRoomForAnswers(unless isAffordable: Bool = false) {
        if !isAffordable, replies.buffer.readableBytes == 0 { replies.buffer = ByteBuffer() }
    }

    /// Tells the budget what the connection holds; once a batch, and nothing is told if nothing has
    /// changed.
    ///
    /// - Returns: The bytes of the open requests.
    @discardableResult
    func countMemory() -> Int {
        let (openByteCount, openCount) =
            state.update { ($0.openByteCount, $0.openStreams.count) } ?? (0, 0)
        memory.hold(
            ConnectionMemory.fixedByteCount + openByteCount
                + openCount * ConnectionMemory.byteCountOfCall + unread.storageCapacity
                + replies.buffer.storageCapacity + backlogByteCount)
        return openByteCount
    }

    /// Its peer hasn't taken what was written, and its address has all the memory that it may have:
    /// nothing more is taken up until it has read.
    var isHoarding: Bool {
        isBacklogged && !memory.hasRoom && backlogByteCount > Self.smallByteCount
    }

    /// Nobody tells when a peer has read a part of what waits for it.
    func lookAgain() {
        guard !isLookingAgain, let context else { return }
        isLookingAgain = true
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.lookPeriod) {
            bound.value.isLookingAgain = false
            bound.value.process()
        }
    }

    private static let lookPeriod = TimeAmount.milliseconds(25)

    /// What the channel holds of ours, about: buffers are at most twice as large as their bytes.
    private var backlogByteCount: Int {
        guard isBacklogged,
            // A channel that is closed holds nothing of ours.
            let waiting = try? context?.channel.syncOptions?.getOption(.bufferedWritableBytes)
        else { return 0 }
        return 2 * max(waiting - sharedBacklogByteCount, 0)
    }

    /// The streams that had credit but no room, in the order of their ids.
    private func resumeStreamsWithoutRoom() {
        guard !streamsWithoutRoom.isEmpty, context != nil, isChannelWritable else { return }
        let streams = streamsWithoutRoom.sorted()
        streamsWithoutRoom = []
        for stream in streams { goOn(stream) }
    }
}
