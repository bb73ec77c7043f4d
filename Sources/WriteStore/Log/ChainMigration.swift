internal import GRDB
internal import TandemCore

/// Gives the events of a log that was begun without them their digests (``LogChain``), and the
/// answers kept under keys their checksums. One that can't be read has none to give: such a log is
/// left as it was, and the start says which event it is.
enum ChainMigration {
    static let name = "tandem.log.5"

    /// Read at a time, and held in memory: rows, and bytes of payloads about.
    private static let pageCount: Int64 = 1_000
    private static let pageByteCount = 4 << 20

    static func run(_ database: Database) throws {
        try database.execute(
            sql: """
                ALTER TABLE events ADD COLUMN digest BLOB NOT NULL DEFAULT x'';
                ALTER TABLE idempotency_keys ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
                """)
        let connection = try WriteConnection(database)
        try chainEvents(connection)
        try sumAnswers(connection)
    }

    private static func chainEvents(_ connection: WriteConnection) throws {
        var chain = try LogChain(beginningOf: connection)
        let select = try connection.prepare(
            """
            SELECT \(EventRow.columns) FROM events WHERE position > ? ORDER BY position LIMIT ?
            """)
        let update = try connection.prepare("UPDATE events SET digest = ? WHERE position = ?")
        while true {
            var page: [RecordedEvent] = []
            select.bind(1, Int64(clamping: chain.end.position.rawValue))
            select.bind(2, pageCount)
            var byteCount = 0
            while byteCount < pageByteCount, try select.step() {
                let event = try EventRow.event(
                    select, after: page.last?.position ?? chain.end.position)
                byteCount += event.payload.count
                page.append(event)
            }
            select.reset()
            guard !page.isEmpty else { return }
            for event in page {
                update.bind(1, chain.append(event))
                update.bind(2, Int64(clamping: event.position.rawValue))
                try update.execute()
            }
        }
    }

    /// A damaged answer keeps a checksum that isn't its own: it is as unreadable as it was.
    private static func sumAnswers(_ connection: WriteConnection) throws {
        let select = try connection.prepare(
            """
            SELECT \(AnswerRow.columns), id FROM idempotency_keys WHERE id > ? ORDER BY id LIMIT ?
            """)
        let update = try connection.prepare(
            "UPDATE idempotency_keys SET checksum = ? WHERE id = ?")
        var last = Int64.min
        while true {
            var page: [(id: Int64, checksum: Int64?)] = []
            select.bind(1, last)
            select.bind(2, pageCount)
            try select.forEach { row throws(StorageError) in
                page.append((try row.int64(at: AnswerRow.columnCount), AnswerRow.sum(of: row)))
            }
            guard let end = page.last?.id else { return }
            for (id, checksum) in page {
                guard let checksum else { continue }
                update.bind(1, checksum)
                update.bind(2, id)
                try update.execute()
            }
            last = end
        }
    }
}
