import NIOCore
import Wire

/// The frames of a page that outran its stream's credit: ITEMs, then the END.
struct PendingPage {
    private var frames: ByteBuffer
    /// The memory it takes until it is all sent.
    let heldByteCount: Int

    init(_ frames: ByteBuffer) {
        self.frames = frames
        heldByteCount = frames.readableBytes
    }

    /// The next frame, or `nil` when all are sent, or when it is an item and `mayItem` is false.
    mutating func next(mayItem: Bool) -> (frame: ByteBuffer, isItem: Bool)? {
        guard let header = FrameHeader(peeking: frames) else { return nil }
        let isItem = header.type == FrameType.item.rawValue
        guard mayItem || !isItem, let frame = frames.readSlice(length: Int(header.length) + 4)
        else { return nil }
        return (frame, isItem)
    }
}
