internal import TandemCore

/// Gives events their positions and puts them into the log. Writer's thread only.
final class EventAppender {
    private var chain: LogChain

    /// The last event of the open transaction, or committed when none is open.
    ///
    /// The only writer counts in memory, so positions have no gap, provided that whoever rolls
    /// back also sets this back.
    var end: LogEnd {
        get { chain.end }
        set { chain.end = newValue }
    }

    var head: LogPosition { chain.end.position }

    private let insert: PreparedStatement
    private let selectVersion: PreparedStatement

    init(_ connection: WriteConnection) throws(StorageError) {
        insert = try connection.prepare(
            """
            INSERT INTO events
                (\(EventRow.columns))
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        selectVersion = try connection.prepare(
            "SELECT version FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1")
        chain = try LogChain(of: connection)
    }

    /// One more than the stream's last; 1 if it has no event.
    func nextVersion(of stream: StreamID) throws(StorageError) -> Int64 {
        selectVersion.bind(1, stream.rawValue)
        let last = try selectVersion.first { row throws(StorageError) in
            let version = try row.int64(at: 0)
            // The last there can be was never reached by counting.
            guard version > 0 && version < .max else {
                throw .damagedRow("version is \(version)")
            }
            return version
        }
        return (last ?? 0) + 1
    }

    func append(
        _ type: String, payload: [UInt8], to stream: StreamID, version: Int64, metadata: [UInt8],
        now: Timestamp
    ) throws(StorageError) {
        try insert.requireTransaction()
        guard let position = head.next else {
            throw .damagedRow("events: no position follows the last, \(head)")
        }
        insert.bind(1, Int64(clamping: position.rawValue))
        insert.bind(2, stream.rawValue)
        insert.bind(3, version)
        insert.bind(4, type)
        insert.bind(5, payload)
        insert.bind(6, metadata)
        insert.bind(7, now.microseconds)
        let before = chain.end
        insert.bind(
            8,
            chain.append(
                RecordedEvent(
                    position: position, stream: stream,
                    version: StreamVersion(rawValue: UInt64(clamping: version)), type: type,
                    payload: payload, metadata: metadata, recordedAt: now)))
        do { try insert.execute() } catch {
            chain.end = before
            throw error
        }
    }
}
