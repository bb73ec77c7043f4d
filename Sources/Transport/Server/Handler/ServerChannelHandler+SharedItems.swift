import ConnectionState
import NIOCore
import Wire

extension ServerChannelHandler {
    /// Smaller ones are copied: one write more costs as much as that.
    private static let uncopiedByteCountMin = 16 << 10

    /// Writes an ITEM that other connections send too; false if the stream has ended.
    ///
    /// A large one goes to the channel as it is. A subscriber that doesn't read then holds memory
    /// that others hold as well, and its owner, which counts it, for as long.
    func sendItem(_ stream: UInt32, _ item: SharedItem) -> Bool {
        let length = Int(FrameHeader.lengthMin) + item.byteCount
        guard isOpen(stream), let context, !isInBatch,
            item.byteCount >= Self.uncopiedByteCountMin, length <= frameOutLengthMax
        else {
            var body = item.body
            body.writeImmutableBuffer(item.ending)
            return sendItem(
                stream, encoding: item.encoding, rawByteCount: item.rawByteCount, body: body)
        }
        state.update { $0.spendCredit(4 + length + trailerByteCount, on: stream) }
        // The channel may call back from within a write, to have more written.
        let wasSending = isSending
        isSending = true
        writeOut()
        for part in parts(of: item, stream) {
            context.write(wrapOutboundOut(part), promise: nil)
        }
        let written = context.eventLoop.makePromise(of: Void.self)
        sharedBacklogByteCount += item.byteCount
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            withExtendedLifetime(item.owner) {
                bound.value.sharedBacklogByteCount -= item.byteCount
            }
        }
        // Behind them: it is written, or fails, after all of them.
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        isSending = wasSending
        if !isChannelWritable { activity.stalledSince = activity.stalledSince ?? now }
        return true
    }

    /// The frame: its head, the body that is shared, and the rest.
    private func parts(of item: SharedItem, _ stream: UInt32) -> [ByteBuffer] {
        var head = ByteBuffer()
        head.writeFrameHead(
            .item, flags: trailerByteCount > 0 ? .checksum : [], a: item.encoding, stream: stream,
            b: item.rawByteCount, bodyByteCount: item.byteCount + trailerByteCount)
        var rest = item.ending
        if trailerByteCount > 0 {
            let checksum = [item.body, item.ending].reduce(CRC32C.checksum(head)) {
                CRC32C.checksum($1, after: $0)
            }
            rest.writeInteger(checksum)
        }
        return [head, item.body, rest]
    }
}
