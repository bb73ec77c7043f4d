package import EventModel
internal import GRDB

/// Reads committed events, for the feed: a read-only connection of its own, so that readers and
/// the writer don't wait for each other.
///
/// Unchecked: the statements are touched inside the connection's serial access only.
package final class EventLogReader: @unchecked Sendable {
    private let connection: DatabaseQueue
    private let select: HotStatement
    private let selectHead: HotStatement

    /// `path` is the database of an open ``EventStore``.
    package init(path: String) throws(EventStoreError) {
        var settings = Configuration()
        settings.label = "tandem.log-reader"
        settings.readonly = true
        settings.busyMode = .timeout(5)
        do {
            let connection = try DatabaseQueue(path: path, configuration: settings)
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
            self.connection = connection
        } catch {
            throw .unavailable(path: path, reason: "\(error)")
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
            Result { () throws(StorageError) in try selectHead.first { $0.int64(at: 0) } }
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
        while try select.step() {
            let event = Self.event(select)
            byteCount += event.byteCount
            if byteCount > byteCountMax, !events.isEmpty { break }
            events.append(event)
        }
        return events
    }

    private static func event(_ row: HotStatement) -> RecordedEvent {
        RecordedEvent(
            position: LogPosition(rawValue: UInt64(clamping: row.int64(at: 0))),
            stream: StreamID(rawValue: row.text(at: 1)),
            version: StreamVersion(rawValue: UInt64(clamping: row.int64(at: 2))),
            type: row.text(at: 3), payload: row.blob(at: 4), metadata: row.blob(at: 5),
            recordedAt: Timestamp(microseconds: row.int64(at: 6)))
    }
}

extension RecordedEvent {
    fileprivate var byteCount: Int {
        payload.count + metadata.count + stream.rawValue.utf8.count + type.utf8.count
    }
}
