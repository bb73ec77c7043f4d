internal import EventModel

/// Gives events their positions and puts them into the log. Writer's thread only.
final class EventAppender {
    /// The last position given in the open transaction, or committed when none is open.
    ///
    /// The only writer counts in memory, so positions have no gap, provided that whoever rolls
    /// back also sets this back.
    var head: LogPosition

    private let insert: HotStatement
    private let selectVersion: HotStatement

    init(_ connection: WriteConnection) throws(StorageError) {
        insert = try connection.prepare(
            """
            INSERT INTO events
                (position, stream, version, type, payload, metadata, recorded_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """)
        selectVersion = try connection.prepare(
            "SELECT version FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1")
        let selectHead = try connection.prepare("SELECT ifnull(max(position), 0) FROM events")
        let last = try selectHead.first { $0.int64(at: 0) }
        head = LogPosition(rawValue: UInt64(clamping: last ?? 0))
    }

    /// 0 if the stream has no event.
    func lastVersion(of stream: StreamID) throws(StorageError) -> Int64 {
        selectVersion.bind(1, stream.rawValue)
        return try selectVersion.first { $0.int64(at: 0) } ?? 0
    }

    func append(
        _ type: String, payload: [UInt8], to stream: StreamID, version: Int64, metadata: [UInt8],
        now: Timestamp
    ) throws(StorageError) {
        let position = head.next
        insert.bind(1, Int64(clamping: position.rawValue))
        insert.bind(2, stream.rawValue)
        insert.bind(3, version)
        insert.bind(4, type)
        insert.bind(5, payload)
        insert.bind(6, metadata)
        insert.bind(7, now.microseconds)
        try insert.execute()
        head = position
    }
}
