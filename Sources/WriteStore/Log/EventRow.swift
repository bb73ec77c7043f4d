internal import TandemCore

/// How a row of `events` is read.
enum EventRow {
    static let columns = "position, stream, version, type, payload, metadata, recorded_at, digest"

    /// The event of a row; a damaged row unless it is the one that follows on `chain`, and is what
    /// it was when it was written.
    static func event(
        _ row: PreparedStatement, on chain: inout LogChain
    ) throws(StorageError) -> RecordedEvent {
        let previous = chain.end
        let event = try event(row, after: previous.position)
        do throws(StorageError) {
            guard try chain.append(event) == LogChain.digest(row, at: 7) else {
                throw .damagedRow("its digest is not that of what it holds and what is before it")
            }
        } catch {
            chain.end = previous
            throw .damagedRow("events WHERE position = \(event.position): \(error.message)")
        }
        return event
    }

    /// The event of a row; a damaged row unless it is the one behind `previous`: the writer leaves
    /// no gap.
    static func event(
        _ row: PreparedStatement, after previous: LogPosition
    ) throws(StorageError) -> RecordedEvent {
        let position = try row.int64(at: 0)
        do throws(StorageError) {
            guard let next = previous.next, Int64(clamping: next.rawValue) == position else {
                throw StorageError.damagedRow("it follows position \(previous)")
            }
            let version = try row.int64(at: 2)
            guard version > 0 else { throw StorageError.damagedRow("version is \(version)") }
            return RecordedEvent(
                position: next, stream: StreamID(rawValue: try row.text(at: 1)),
                version: StreamVersion(rawValue: UInt64(version)),
                type: try row.text(at: 3), payload: try row.blob(at: 4),
                metadata: try row.blob(at: 5),
                recordedAt: Timestamp(microseconds: try row.int64(at: 6)))
        } catch {
            throw .damagedRow("events WHERE position = \(position): \(error.message)")
        }
    }
}
