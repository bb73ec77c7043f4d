import ConnectionState
import NIOCore
import Wire

/// The frames of a page that outran its stream's credit: ITEMs, then the END.
struct PendingPage {
    /// No more than the frames take, which a buffer's storage would.
    private let frames: [UInt8]
    private var sentByteCount = 0
    /// As much was sent when it was last looked at.
    private var seenByteCount = 0
    /// When it is looked at next.
    private(set) var dueAt: MonotonicTime

    /// Who takes less of a page in its time doesn't take it.
    private static let partCount = 16

    /// - Parameter dueAt: when it will have waited for long enough.
    init(_ frames: ByteBufferView, dueAt: MonotonicTime) {
        self.frames = Array(frames)
        self.dueAt = dueAt
    }

    /// The memory it takes until it is all sent.
    var heldByteCount: Int { frames.capacity }

    /// The next frame, or `nil` when all are sent, or when it is an item and `mayItem` is false.
    mutating func next(mayItem: Bool) -> (frame: ArraySlice<UInt8>, isItem: Bool)? {
        let rest = frames[sentByteCount...]
        guard rest.count >= FrameHeader.byteCount else { return nil }
        let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let isItem = rest[sentByteCount + 4] == FrameType.item.rawValue
        guard mayItem || !isItem else { return nil }
        sentByteCount += length + 4
        return (rest.prefix(length + 4), isItem)
    }

    /// Whether enough was taken since the last time that it may wait for as long again.
    mutating func mayWait(until next: MonotonicTime) -> Bool {
        let taken = sentByteCount - seenByteCount
        seenByteCount = sentByteCount
        dueAt = next
        return taken >= frames.count / Self.partCount
    }
}
