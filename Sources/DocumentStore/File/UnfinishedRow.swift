internal import Foundation
internal import GRDB
internal import TandemCore

/// One row of the table of unfinished events, with a checksum over all that it says.
struct UnfinishedRow {
    let event: RecordedEvent

    /// `nil` if the row is not what was written.
    init?(_ row: Row) {
        guard let position = Int64.fromDatabaseValue(row["position"]),
            let stream = String.fromDatabaseValue(row["stream"]),
            let version = Int64.fromDatabaseValue(row["version"]),
            let type = String.fromDatabaseValue(row["type"]),
            let payload = Data.fromDatabaseValue(row["payload"]),
            let metadata = Data.fromDatabaseValue(row["metadata"]),
            let recordedAt = Int64.fromDatabaseValue(row["recorded_at"]),
            let checksum = Int64.fromDatabaseValue(row["checksum"])
        else { return nil }
        event = RecordedEvent(
            position: LogPosition(rawValue: UInt64(bitPattern: position)),
            stream: StreamID(rawValue: stream),
            version: StreamVersion(rawValue: UInt64(bitPattern: version)), type: type,
            payload: Array(payload), metadata: Array(metadata),
            recordedAt: Timestamp(microseconds: recordedAt))
        guard Self.checksum(of: event) == checksum else { return nil }
    }

    /// Makes the table hold these events and no others.
    static func replaceAll(by events: [RecordedEvent], in database: Database) throws {
        try database.execute(sql: "DELETE FROM unfinished")
        for event in events {
            try database.execute(
                sql: "INSERT INTO unfinished VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    Int64(bitPattern: event.position.rawValue), event.stream.rawValue,
                    Int64(bitPattern: event.version.rawValue), event.type, Data(event.payload),
                    Data(event.metadata), event.recordedAt.microseconds, checksum(of: event),
                ])
        }
    }

    /// Each field's length goes in with it, so that no two events have the same bytes.
    static func checksum(of event: RecordedEvent) -> Int64 {
        var bytes: [UInt8] = []
        for number in [
            event.position.rawValue, event.version.rawValue,
            UInt64(bitPattern: event.recordedAt.microseconds),
        ] { bytes += DocumentKey(number).bytes }
        for field in [
            Array(event.stream.rawValue.utf8), Array(event.type.utf8), event.payload,
            event.metadata,
        ] { bytes += DocumentKey(UInt64(field.count)).bytes + field }
        let hash = unsafe bytes.withUnsafeBytes {
            unsafe SipHash(key0: UInt64(event.payload.count), key1: 0).hash($0)
        }
        return Int64(bitPattern: hash)
    }
}
