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
    private var token: ConsistencyToken?

    func update(epoch: LogEpoch, position: LogPosition, ageMilliseconds: UInt32) {
        let token = ConsistencyToken(epoch: epoch, position: position)
        guard token != self.token || ageMilliseconds != self.ageMilliseconds else { return }
        self.token = token
        self.ageMilliseconds = ageMilliseconds
        metadata.token = token
        metadata.ageMilliseconds = ageMilliseconds
        block.clear()
        metadata.write(to: &block)
    }
}
