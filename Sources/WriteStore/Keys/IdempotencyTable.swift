internal import TandemCore

/// The answers kept under the commands' keys. Writer's thread only.
final class IdempotencyTable {
    private let select: PreparedStatement
    private let insert: PreparedStatement
    private let selectOldest: PreparedStatement
    private let deleteOldest: PreparedStatement
    private let storeCount: PreparedStatement
    /// No kept answer was recorded before this; `nil`: not known.
    private var oldestRecordedAt: Timestamp?
    /// How many there are, in the open transaction.
    private(set) var counts = KeyCounts()
    private var committedCounts = KeyCounts()
    private var lastMethod = (name: "", number: StableHash.number(of: ""))

    init(_ connection: WriteConnection) throws(StorageError) {
        select = try connection.prepare(
            """
            SELECT \(AnswerRow.columns) FROM idempotency_keys
            WHERE key = ? AND method = ? AND principal = ?
            """)
        insert = try connection.prepare(
            """
            INSERT INTO idempotency_keys
                (\(AnswerRow.columns))
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        // By the index on their times, not by their order: the clock may have been set back. A
        // damaged row without a time would come first for ever.
        selectOldest = try connection.prepare(
            """
            SELECT recorded_at FROM idempotency_keys WHERE recorded_at IS NOT NULL
            ORDER BY recorded_at LIMIT 1
            """)
        deleteOldest = try connection.prepare(
            """
            DELETE FROM idempotency_keys WHERE id IN (
                SELECT id FROM idempotency_keys WHERE recorded_at < ?
                ORDER BY recorded_at LIMIT ?
            ) RETURNING part
            """)
        storeCount = try connection.prepare(
            "INSERT OR REPLACE INTO key_counts (part, count) VALUES (?, ?)")
        // A row a part: looking at the keys themselves could take seconds.
        let selectCounts = try connection.prepare("SELECT part, count FROM key_counts")
        while try selectCounts.step() {
            add(selectCounts, count: 1, part: 0)
        }
        selectCounts.reset()
        didCommit()
    }

    /// - Parameter head: no answer can have a later position.
    func answer(
        to key: IdempotencyKey, method: String, principal: String, head: LogPosition
    ) throws(StorageError) -> StoredAnswer? {
        select.bind(1, key)
        select.bind(2, number(of: method))
        select.bind(3, principal)
        return try select.first { row throws(StorageError) in
            try AnswerRow(row).answer(through: head, checksum: row.int64(at: 9))
        }
    }

    /// Most commands in a row are of one method.
    private func number(of method: String) -> Int64 {
        if lastMethod.name != method { lastMethod = (method, StableHash.number(of: method)) }
        return lastMethod.number
    }

    /// Counted only by ``didKeep(part:)``, when it can't be taken back any more without the others.
    func store(
        _ result: Result<[UInt8], Rejection>, for key: IdempotencyKey, method: String,
        principal: String, payloadDigest: [UInt8], position: LogPosition, now: Timestamp,
        part: Int
    ) throws(StorageError) {
        let row = AnswerRow(
            result, for: key, method: number(of: method), principal: principal,
            payloadDigest: payloadDigest, position: position, now: now, part: part)
        row.bind(to: insert)
        try insert.execute()
        if let oldestRecordedAt, now < oldestRecordedAt { self.oldestRecordedAt = now }
    }

    /// Counts what a row says. A damaged number is not worth a refusal: the counts are a bound on
    /// how much is kept, and become right again as what they count expires.
    ///
    /// - Parameter count: the number's column; `nil`: the row is one answer that is gone.
    private func add(_ row: PreparedStatement, count: Int?, part: Int) {
        do throws(StorageError) {
            let count = try count.map { column throws(StorageError) in try row.int64(at: column) }
            counts.add(Int(count ?? -1), part: Int(try row.int64(at: part)))
        } catch {
            return
        }
    }

    func didKeep(part: Int) {
        counts.add(1, part: part)
    }

    /// Forgets answers that were recorded before `limit`, the oldest first and at most `countMax`
    /// of them: a small step of each group instead of a long pause some day.
    ///
    /// Those from when the clock was ahead are kept until it has caught up with them: how old they
    /// are can't be told.
    func purge(recordedBefore limit: Timestamp, countMax: Int) throws(StorageError) {
        if let oldestRecordedAt, oldestRecordedAt >= limit { return }
        oldestRecordedAt = try selectOldest.first { row throws(StorageError) in
            Timestamp(microseconds: try row.int64(at: 0))
        }
        guard let oldestRecordedAt, oldestRecordedAt < limit else { return }
        deleteOldest.bind(1, limit.microseconds)
        deleteOldest.bind(2, Int64(countMax))
        while try deleteOldest.step() {
            add(deleteOldest, count: nil, part: 0)
        }
        deleteOldest.reset()
        self.oldestRecordedAt = nil
    }

    // MARK: - The group's end

    /// Before the commit: the counts go with what they count.
    func storeCounts() throws(StorageError) {
        for part in counts.changed {
            storeCount.bind(1, Int64(part))
            storeCount.bind(2, Int64(counts[part]))
            try storeCount.execute()
        }
    }

    func didCommit() {
        counts.forgetChanges()
        committedCounts = counts
    }

    /// To be called when a group was rolled back: what was purged is there again.
    func didRollBack() {
        oldestRecordedAt = nil
        counts = committedCounts
    }
}
