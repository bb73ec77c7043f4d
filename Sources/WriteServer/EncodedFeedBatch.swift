import Compression
import EventModel
import SwiftProtobuf
import Wire
import WireMessages

/// A FeedBatch as an ITEM carries it.
struct EncodedFeedBatch: Sendable {
    let lastPosition: LogPosition
    let encoding: UInt16
    let rawByteCount: UInt32
    let bytes: [UInt8]

    /// Batches smaller than this gain nothing from compression.
    private static let compressedByteCountMin = 256

    init(
        _ events: [RecordedEvent], after: LogPosition, head: LogPosition, sentAt: Timestamp,
        acceptsZlib: Bool
    ) {
        var batch = Tandem_Feed_V1_FeedBatch()
        batch.headPosition = head.rawValue
        batch.sentAtUs = sentAt.microseconds
        batch.events = events.map { Tandem_Feed_V1_FeedEvent($0) }
        let raw = Self.serialized(batch)
        lastPosition = events.last?.position ?? after
        if acceptsZlib, raw.count >= Self.compressedByteCountMin {
            encoding = EncodingID.zlib
            rawByteCount = UInt32(clamping: raw.count)
            bytes = ZlibBatch.deflate(raw)
        } else {
            encoding = EncodingID.identity
            rawByteCount = 0
            bytes = raw
        }
    }

    private static func serialized(_ batch: Tandem_Feed_V1_FeedBatch) -> [UInt8] {
        do { return try batch.serializedBytes() } catch {
            // Only missing proto2 fields, unpacked Any and 2 GiB can make it fail.
            preconditionFailure("a batch that can't be serialized: \(error)")
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
