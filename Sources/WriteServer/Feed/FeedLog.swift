import Budget
import Synchronization
import TandemCore
import WriteStore

/// The log as batches: each is read, encoded and compressed once for all who ask for it about the
/// same time.
final class FeedLog: Sendable {
    /// The events after a position; no more than so many, nor than fit into so many bytes, but one
    /// at least if there is one.
    typealias Read =
        @Sendable (LogPosition, _ countMax: Int, _ byteCountMax: Int) throws(StorageError) ->
            [RecordedEvent]

    /// The log's digest at a position; `nil` if there is no event.
    typealias Digest = @Sendable (LogPosition) throws(StorageError) -> [UInt8]?

    let head: @Sendable () -> LogPosition
    let memory: MemoryBudget
    private let read: Read
    private let readDigest: Digest
    private let cache = Mutex(FeedBatchCache())

    /// Large enough that a projector that is behind spends its time on events, not on batches.
    private static let eventCountMax = 1_024
    /// Of payloads and the like: with what stands around them, 512 KiB or a little less.
    private static let byteCountMax = 464 << 10

    init(
        read: @escaping Read, digest: @escaping Digest,
        head: @escaping @Sendable () -> LogPosition, memory: MemoryBudget
    ) {
        self.read = read
        readDigest = digest
        self.head = head
        self.memory = memory
    }

    /// What follows a position before the head. Blocks.
    func batch(after position: LogPosition) throws(FeedFault) -> EncodedFeedBatch {
        let headBefore = head()
        if let kept = cache.withLock({ $0.batch(after: position, head: headBefore) }) {
            return kept
        }
        let read: [RecordedEvent]
        do throws(StorageError) {
            read = try self.read(position, Self.eventCountMax, Self.byteCountMax)
        } catch {
            throw .unreadable(after: position, error)
        }
        // The reader may see a commit before it is announced, but nobody is told of a position
        // that a new subscription would still be refused for.
        let head = head()
        let events =
            read.last.map { $0.position <= head } ?? true
            ? read : read.filter { $0.position <= head }
        let digest = try events.last.map { last throws(FeedFault) in
            try self.digest(at: last.position)
        }
        let batch = try EncodedFeedBatch(
            events, digest: digest ?? [], after: position, head: head, memory: memory)
        let kept = memory.byteCountMax(of: .feed) / 4
        cache.withLock { $0.keep(batch, byteCountMax: kept) }
        return batch
    }

    /// The log's digest at a position; empty if there is no event. Blocks.
    func digest(at position: LogPosition) throws(FeedFault) -> [UInt8] {
        do throws(StorageError) { return try readDigest(position) ?? [] } catch {
            throw .unreadable(after: position, error)
        }
    }

    /// Whether there is memory for a batch that can be put off.
    func hasRoom() -> Bool {
        let forPlaces = FeedPlaces.byteCountMax(memory)
        if memory.hasRoom(for: .feed, besides: forPlaces) { return true }
        forget()
        return memory.hasRoom(for: .feed, besides: forPlaces)
    }

    /// Lets go of what is kept only to be of use again.
    func forget() {
        cache.withLock { $0.removeAll() }
    }
}
