internal import GRDB
package import TandemCore

/// Looks whether a write database holds what was committed, beside a server that uses it or
/// without one: reads only, and some rows at a time, so that no writer waits and the write-ahead
/// log can start over meanwhile.
///
/// Each check throws the first thing that is wrong, a ``StorageError`` that names it.
package final class LogVerifier {
    /// What the database says that it is.
    package let clusterID: [UInt8]
    package let epoch: LogEpoch
    private let path: String
    private let queue: DatabaseQueue
    private let events: EventLogReader
    private let selectStreams: PreparedStatement
    private let selectAnswers: PreparedStatement

    private static var pageRowCount: Int { 1_000 }
    private static var pageByteCount: Int { 4 << 20 }

    /// - Parameter path: of the database. What its mark says of it is compared.
    package init(path: String) throws(WriteStoreError) {
        self.path = path
        let files = DataFiles(database: path, copy: nil)
        guard try OpeningCheck.look(at: files) != .newLog else {
            throw .unavailable(
                path: path, reason: "there is no write database, or this user can't see it")
        }
        var settings = Configuration()
        settings.label = "tandem.verifier"
        settings.readonly = true
        settings.busyMode = .timeout(5)
        settings.prepareDatabase { try WriteConnection($0).guardFile() }
        do {
            queue = try DatabaseQueue(path: path, configuration: settings)
            guard try queue.read({ try Self.isUpToDate($0) }) else {
                throw WriteStoreError.unavailable(
                    path: path,
                    reason: """
                        an earlier release has written it; start the server once, which brings it \
                        up to date
                        """)
            }
            (epoch, clusterID) = try queue.read(WriteDatabase.readNames)
            events = try EventLogReader(queue)
            (selectStreams, selectAnswers) = try queue.inDatabase { database in
                let connection = try WriteConnection(database)
                return (
                    // By the index on streams and versions, which has all of it.
                    try connection.prepare(
                        """
                        SELECT stream, version FROM events WHERE (stream, version) > (?, ?)
                        ORDER BY stream, version LIMIT ?
                        """),
                    try connection.prepare(
                        """
                        SELECT \(AnswerRow.columns), id FROM idempotency_keys WHERE id > ?
                        ORDER BY id LIMIT ?
                        """)
                )
            }
        } catch let error as WriteStoreError {
            throw error
        } catch {
            throw .unavailable(path: path, because: error)
        }
    }

    private static func isUpToDate(_ database: Database) throws -> Bool {
        try LogSchema.migrator(with: []).completedMigrations(database)
            .contains(LogGenerations.migration.name)
    }

    /// Tables, indexes, triggers and views, as the log's and the domain's migrations make them.
    /// Answers how many there are.
    package func checkSchema(of migrations: [Migration]) throws -> Int {
        try queue.read { try SchemaCheck.compare($0, with: migrations, path: path) }
    }

    /// Where the log ends now, as its last row says.
    package func end() throws -> LogEnd {
        try queue.inDatabase { try LogChain(of: WriteConnection($0)).end }
    }

    /// The event at a position, as its row says; `nil` if there is none.
    package func end(at position: LogPosition) throws -> LogEnd? {
        guard position > .beginning else { return events.beginning.end }
        return try queue.inDatabase { try LogChain(of: WriteConnection($0), at: position)?.end }
    }

    /// All events up to where the log ended when this was called: without a gap, and each one what
    /// it was when it was written. Lends each page of them to `visit`.
    ///
    /// - Returns: where that is, as the events themselves say.
    package func checkEvents(visit: ([RecordedEvent]) throws -> Void) throws -> LogEnd {
        let head = try events.head()
        let early = try queue.read {
            try Int64.fetchOne($0, sql: "SELECT position FROM events WHERE position < 1 LIMIT 1")
        }
        if let early { throw StorageError.damagedRow("events: one has position \(early)") }
        while events.end.position < head {
            let page = try events.events(
                after: events.end.position, countMax: Self.pageRowCount,
                byteCountMax: Self.pageByteCount)
            guard !page.isEmpty else {
                throw StorageError.damagedRow(
                    "events: nothing follows on \(events.end.position), and the last is \(head)")
            }
            try visit(page)
        }
        return events.end
    }

    /// The versions of every stream: counted from 1 without a gap. Answers how many streams there
    /// are.
    package func checkStreams() throws -> Int {
        var count = 0
        var last = (stream: "", version: Int64.min)
        while true {
            var rowCount = 0
            try queue.inDatabase { _ in
                selectStreams.bind(1, last.stream)
                selectStreams.bind(2, last.version)
                selectStreams.bind(3, Int64(Self.pageRowCount))
                try selectStreams.forEach { row throws(StorageError) in
                    let (stream, version) = (try row.text(at: 0), try row.int64(at: 1))
                    // To Swift texts that look the same are equal, and to SQLite they aren't.
                    let isFirst = count == 0 || !stream.utf8.elementsEqual(last.stream.utf8)
                    guard version == (isFirst ? 1 : last.version + 1) else {
                        throw .damagedRow(
                            """
                            stream '\(stream)': version \(version) follows \
                            \(isFirst ? "nothing" : "\(last.version)")
                            """)
                    }
                    if isFirst { count += 1 }
                    last = (stream, version)
                    rowCount += 1
                }
            }
            if rowCount < Self.pageRowCount { return count }
        }
    }

    /// The answers kept under commands' keys: each one what it was when it was given, and none of
    /// a position that the log hasn't. Answers how many there are.
    package func checkAnswers() throws -> Int {
        var count = 0
        var last = Int64.min
        while true {
            var page: [(id: Int64, position: LogPosition)] = []
            try queue.inDatabase { _ in
                selectAnswers.bind(1, last)
                selectAnswers.bind(2, Int64(Self.pageRowCount))
                try selectAnswers.forEach { row throws(StorageError) in
                    let id = try row.int64(at: AnswerRow.columnCount)
                    page.append((id, try Self.answer(row, id).position))
                }
            }
            // Asked afterwards: the writer goes on.
            let head = try events.head()
            if let (id, position) = page.first(where: { $0.position > head }) {
                throw StorageError.damagedRow(
                    "idempotency_keys WHERE id = \(id): position is \(position), "
                        + "and the log's last is \(head)")
            }
            guard let end = page.last?.id else { break }
            count += page.count
            last = end
        }
        let wrong = try queue.read { try Int64.fetchOne($0, sql: Self.wrongCount) }
        if let wrong {
            throw StorageError.damagedRow(
                "key_counts WHERE part = \(wrong): it isn't how many answers there are")
        }
        return count
    }

    /// A part whose answers are not as many as are counted, in one state of the database.
    private static var wrongCount: String {
        """
        SELECT part FROM (
            SELECT part, id, 0 AS counted FROM idempotency_keys
            UNION ALL SELECT part, NULL, count FROM key_counts
        ) GROUP BY part HAVING count(id) != sum(counted) LIMIT 1
        """
    }

    private static func answer(
        _ row: PreparedStatement, _ id: Int64
    ) throws(StorageError) -> StoredAnswer {
        do throws(StorageError) {
            return try AnswerRow(row).answer(
                through: LogPosition(rawValue: .max),
                checksum: row.int64(at: AnswerRow.columnCount - 1))
        } catch {
            throw .damagedRow("idempotency_keys WHERE id = \(id): \(error.message)")
        }
    }

    /// Every page of the file, every row and every index entry, as SQLite sees them: one long read,
    /// during which a busy server's write-ahead log grows.
    package func checkFile() throws {
        let faults = try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check(1)") }
        guard faults == ["ok"] else {
            throw StorageError.damagedRow(faults.first ?? "the integrity check says nothing")
        }
    }

    /// One state of the database, and its events behind a position, a page at a time.
    func readWhole<Value>(
        _ body: (Database, _ nextEvents: (LogPosition) throws -> [RecordedEvent]) throws -> Value
    ) throws -> Value {
        try queue.read { database in
            try body(database) {
                try events.read(
                    after: $0, countMax: Self.pageRowCount, byteCountMax: Self.pageByteCount)
            }
        }
    }
}
