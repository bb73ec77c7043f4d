internal import GRDB
package import TandemCore

/// Reads committed events, for the feed: a read-only connection of its own, so that readers and
/// the writer don't wait for each other.
///
/// Unchecked: the statements are touched inside the connection's serial access only.
package final class EventLogReader: @unchecked Sendable {
    private let connection: DatabaseQueue
    private let select: PreparedStatement
    private let selectHead: PreparedStatement

    /// `path` is the database of an open ``WriteStore``.
    package convenience init(path: String) throws(WriteStoreError) {
        var settings = Configuration()
        settings.label = "tandem.log-reader"
        settings.readonly = true
        settings.busyMode = .timeout(5)
        settings.prepareDatabase { try WriteConnection($0).guardFile() }
        do { try self.init(DatabaseQueue(path: path, configuration: settings)) } catch {
            throw .unavailable(path: path, because: error)
        }
    }

    init(_ connection: DatabaseQueue) throws {
        self.connection = connection
        (select, selectHead) = try connection.inDatabase { database in
            let connection = try WriteConnection(database)
            return (
                try connection.prepare(
                    """
                    SELECT position, stream, version, type, payload, metadata, recorded_at
                    FROM events WHERE position > ? ORDER BY position LIMIT ?
                    """),
                try connection.prepare("SELECT ifnull(max(position), 0) FROM events")
            )
        }
    }

    /// The events after `position`, in order: at most `countMax`, and no more than fit into
    /// `byteCountMax` bytes of stream, type, payload and metadata; but one at least, if there is
    /// one.
    package func events(
        after position: LogPosition, countMax: Int, byteCountMax: Int
    ) throws(StorageError) -> [RecordedEvent] {
        let result: Result<[RecordedEvent], StorageError> = connection.inDatabase { _ in
            Result { () throws(StorageError) in
                try read(after: position, countMax: countMax, byteCountMax: byteCountMax)
            }
        }
        return try result.get()
    }

    /// The last committed position.
    package func head() throws(StorageError) -> LogPosition {
        let result: Result<Int64?, StorageError> = connection.inDatabase { _ in
            Result { () throws(StorageError) in
                try selectHead.first { row throws(StorageError) in try row.int64(at: 0) }
            }
        }
        return LogPosition(rawValue: UInt64(clamping: try result.get() ?? 0))
    }

    private func read(
        after position: LogPosition, countMax: Int, byteCountMax: Int
    ) throws(StorageError) -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        var byteCount = 0
        select.bind(1, Int64(clamping: position.rawValue))
        select.bind(2, Int64(clamping: max(countMax, 1)))
        // Ends the read transaction, too, which would keep the writer's log from starting over.
        defer { select.reset() }
        var last = position
        while true {
            let event: RecordedEvent
            do throws(StorageError) {
                guard try select.step() else { break }
                event = try Self.event(select, after: last)
            } catch {
                // What comes before it is as good as ever; the next read begins with it.
                guard events.isEmpty else { break }
                guard error.isTooLarge else { throw error }
                throw .damagedRow("events, the first with position > \(last): it is too large")
            }
            byteCount += event.byteCount
            if byteCount > byteCountMax, !events.isEmpty { break }
            events.append(event)
            last = event.position
        }
        return events
    }

    /// The event of a row; a damaged row unless it is the one behind `previous`: the writer leaves
    /// no gap.
    private static func event(
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

extension RecordedEvent {
    fileprivate var byteCount: Int {
        payload.count + metadata.count + stream.rawValue.utf8.count + type.utf8.count
    }
}
