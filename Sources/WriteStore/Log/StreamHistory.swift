package import TandemCore

/// One stream's events, and the state that was folded from them and kept. Writer's thread only.
package final class StreamHistory {
    private let selectEvents: PreparedStatement
    private let selectSnapshot: PreparedStatement
    private let upsertSnapshot: PreparedStatement

    static let migration = Migration(
        "tandem.log.4",
        sql: """
            CREATE TABLE state_snapshots (
                stream TEXT NOT NULL,
                decider TEXT NOT NULL,
                version INTEGER NOT NULL,
                state BLOB NOT NULL,
                PRIMARY KEY (stream, decider)
            ) STRICT, WITHOUT ROWID;
            """)

    package init(_ connection: WriteConnection) throws(StorageError) {
        selectEvents = try connection.prepare(
            """
            SELECT version, type, payload FROM events
            WHERE stream = ? AND version > ? ORDER BY version
            """)
        selectSnapshot = try connection.prepare(
            "SELECT version, state FROM state_snapshots WHERE stream = ? AND decider = ?")
        upsertSnapshot = try connection.prepare(
            """
            INSERT INTO state_snapshots (stream, decider, version, state) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET version = excluded.version, state = excluded.state
            """)
    }

    /// Lends the events of a stream behind a version, in their order, to `visit`; what it throws
    /// ends that.
    package func events(
        of stream: StreamID, after version: Int64,
        visit: (_ version: Int64, _ type: String, _ payload: [UInt8]) throws -> Void
    ) throws {
        defer { selectEvents.reset() }
        selectEvents.bind(1, stream.rawValue)
        selectEvents.bind(2, version)
        while try selectEvents.step() {
            try visit(
                try selectEvents.int64(at: 0), try selectEvents.text(at: 1),
                try selectEvents.blob(at: 2))
        }
    }

    package func snapshot(
        of stream: StreamID, by decider: String
    ) throws(StorageError) -> (version: Int64, state: [UInt8])? {
        selectSnapshot.bind(1, stream.rawValue)
        selectSnapshot.bind(2, decider)
        return try selectSnapshot.first { row throws(StorageError) in
            (try row.int64(at: 0), try row.blob(at: 1))
        }
    }

    package func keep(
        _ state: [UInt8], of stream: StreamID, by decider: String, version: Int64
    ) throws(StorageError) {
        try upsertSnapshot.requireTransaction()
        upsertSnapshot.bind(1, stream.rawValue)
        upsertSnapshot.bind(2, decider)
        upsertSnapshot.bind(3, version)
        upsertSnapshot.bind(4, state)
        try upsertSnapshot.execute()
    }
}
