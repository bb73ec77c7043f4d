import Budget
import Compression
import NIOCore
import SwiftProtobuf
import Synchronization
import TandemCore
import Transport
import Wire
import WireMessages

/// Events as the ITEMs of many subscribers carry them: encoded once, and compressed once at most.
///
/// A FeedBatch is its events and their digest, then the log's head and the time, which may come in
/// any order. Only the events and the digest are kept: with a
/// head of long ago a subscriber would take its documents for complete.
///
/// What it holds is drawn on the budget until nobody has it any more: neither the cache nor a
/// connection that has not sent all of it.
final class EncodedFeedBatch: Sendable {
    let after: LogPosition
    let lastPosition: LogPosition
    /// Whether it ends because it is long enough, not because the log ended there.
    let isFull: Bool

    private let events: ByteBuffer
    private let deflated = Mutex<Deflated?>(nil)
    private let memory: MemoryBudget

    private struct Deflated {
        let body: ByteBuffer
        let ending: SharedDeflation.Ending

        init(_ events: ByteBuffer) {
            let shared = SharedDeflation(events.readableBytesSpan)
            body = ByteBuffer(bytes: shared.beginning)
            ending = shared.ending
        }
    }

    /// Batches smaller than this gain nothing from compression.
    private static let compressedByteCountMin = 256

    /// - Parameters:
    ///   - events: those that follow `after`, one at least.
    ///   - digest: the log's at the last of them.
    ///   - head: the log's last position.
    /// - Throws: what keeps them from being sent. A position never gets ahead of its events.
    init(
        _ events: [RecordedEvent], digest: [UInt8], after: LogPosition, head: LogPosition,
        memory: MemoryBudget
    ) throws(FeedFault) {
        var last = after
        for event in events {
            guard event.position == last.next else {
                throw .gap(after: last, found: event.position)
            }
            last = event.position
        }
        guard last > after else { throw .gap(after: after, found: nil) }
        let batch = Tandem_Feed_V1_FeedBatch.with {
            $0.events = events.map { Tandem_Feed_V1_FeedEvent($0) }
            $0.digest = .init(digest)
        }
        self.events = ByteBuffer(bytes: try batch.bytes(after: after))
        self.after = after
        self.memory = memory
        lastPosition = last
        isFull = last < head
        memory.adjust(by: self.events.capacity, for: .feed)
    }

    deinit { memory.release(byteCount, for: .feed) }

    /// The memory it takes.
    var byteCount: Int {
        events.capacity + deflated.withLock { $0?.body.capacity ?? 0 }
    }

    /// With the compressed form that somebody may yet ask for.
    var byteCountAtMost: Int { 2 * events.capacity + 1_024 }

    func item(
        head: LogPosition, sentAt: Timestamp, acceptsZlib: Bool
    ) throws(FeedFault) -> SharedItem {
        let ending = try Self.ending(head: head, sentAt: sentAt)
        let rawByteCount = events.readableBytes + ending.count
        guard acceptsZlib, rawByteCount >= Self.compressedByteCountMin else {
            return SharedItem(
                encoding: EncodingID.identity, rawByteCount: 0, body: events,
                ending: ByteBuffer(bytes: ending), owner: self)
        }
        let deflated = deflate()
        return SharedItem(
            encoding: EncodingID.zlib, rawByteCount: UInt32(clamping: rawByteCount),
            body: deflated.body, ending: ByteBuffer(bytes: deflated.ending.bytes(ending)),
            owner: self)
    }

    private func deflate() -> Deflated {
        deflated.withLock { deflated in
            if let deflated { return deflated }
            let made = Deflated(events)
            memory.adjust(by: made.body.capacity, for: .feed)
            deflated = made
            return made
        }
    }

    /// The fields behind the events; alone, a batch without events. At most 22 bytes.
    fileprivate static func ending(
        head: LogPosition, sentAt: Timestamp
    ) throws(FeedFault) -> [UInt8] {
        let batch = Tandem_Feed_V1_FeedBatch.with {
            $0.headPosition = head.rawValue
            $0.sentAtUs = sentAt.microseconds
        }
        return try batch.bytes(after: head)
    }
}

extension SharedItem {
    /// A batch without events, for all that have them all.
    static func heartbeat(
        head: LogPosition, sentAt: Timestamp
    ) throws(FeedFault) -> SharedItem {
        SharedItem(
            encoding: EncodingID.identity, rawByteCount: 0, body: ByteBuffer(),
            ending: ByteBuffer(bytes: try EncodedFeedBatch.ending(head: head, sentAt: sentAt)),
            owner: HeartbeatOwner.shared)
    }
}

/// A heartbeat's few bytes are copied, and belong to nobody.
private final class HeartbeatOwner: Sendable {
    static let shared = HeartbeatOwner()
}

extension Tandem_Feed_V1_FeedBatch {
    fileprivate func bytes(after position: LogPosition) throws(FeedFault) -> [UInt8] {
        do { return try serializedBytes() } catch {
            throw .unencodable(after: position, reason: "\(error)")
        }
    }
}

extension Tandem_Feed_V1_FeedEvent {
    init(_ event: RecordedEvent) {
        self.init()
        position = event.position.rawValue
        stream = event.stream.rawValue
        version = event.version.rawValue
        type = event.type
        payload = .init(event.payload)
        metadata = .init(event.metadata)
        recordedAtUs = event.recordedAt.microseconds
    }
}
