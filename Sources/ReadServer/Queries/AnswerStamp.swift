import NIOCore
import TandemCore
import Wire

/// What every answer of a batch says of itself: the position that it reflects, and how old that may
/// be. Encoded once, and again only when it has become another.
///
/// One for all connections of an event loop: a busy one has had a thousand batches before the age
/// is a millisecond more. On that event loop only.
final class AnswerStamp {
    private(set) var metadata = Metadata()
    /// The same, as it stands in a frame.
    private(set) var block = ByteBuffer()
    private(set) var ageMilliseconds: UInt32 = 0
    private var position: LogPosition?

    func update(epoch: LogEpoch, position: LogPosition, ageMilliseconds: UInt32) {
        guard position != self.position || ageMilliseconds != self.ageMilliseconds else { return }
        self.position = position
        self.ageMilliseconds = ageMilliseconds
        metadata.token = ConsistencyToken(epoch: epoch, position: position)
        metadata.ageMilliseconds = ageMilliseconds
        block.clear()
        metadata.write(to: &block)
    }
}
