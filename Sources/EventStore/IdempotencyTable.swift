internal import EventModel

/// The answers kept under the commands' keys. Writer's thread only.
final class IdempotencyTable {
    private let select: HotStatement
    private let insert: HotStatement
    private let selectOldest: HotStatement
    private let deleteOldest: HotStatement
    private let storeCount: HotStatement
    /// No kept answer was recorded before this; `nil`: not known.
    private var oldestRecordedAt: Timestamp?
    /// How many there are, in the open transaction.
    private(set) var counts = KeyCounts()
    private var committedCounts = KeyCounts()

    /// An answer as it was given.
    struct StoredAnswer {
        let payloadDigest: [UInt8]
        let result: Result<[UInt8], Rejection>
        let position: LogPosition
    }

    init(_ connection: WriteConnection) throws(StorageError) {
        select = try connection.prepare(
            """
            SELECT payload_digest, status, reply, position FROM idempotency_keys
            WHERE key = ? AND method = ? AND principal = ?
            """)
        insert = try connection.prepare(
            """
            INSERT INTO idempotency_keys
                (key, method, principal, payload_digest, status, reply, position, recorded_at, part)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """)
        // By the index on their times, not by their order: the clock may have been set back.
        selectOldest = try connection.prepare(
            "SELECT recorded_at FROM idempotency_keys ORDER BY recorded_at LIMIT 1")
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
            counts.add(
                Int(selectCounts.int64(at: 1)), part: Int(selectCounts.int64(at: 0)))
        }
        selectCounts.reset()
        didCommit()
    }

    func answer(
        to key: IdempotencyKey, method: String, principal: String
    ) throws(StorageError) -> StoredAnswer? {
        select.bind(1, key.bytes)
        select.bind(2, StableHash.number(of: method))
        select.bind(3, principal)
        return try select.first { row in
            let reply = row.blob(at: 2)
            let code = UInt16(exactly: row.int64(at: 1)).flatMap(StatusCode.init) ?? .unknown
            return StoredAnswer(
                payloadDigest: row.blob(at: 0),
                result: code == .ok
                    ? .success(reply) : .failure(StoredRejection.decode(reply, code: code)),
                position: LogPosition(rawValue: UInt64(clamping: row.int64(at: 3))))
        }
    }

    /// Counted only by ``didKeep(part:)``, when it can't be taken back any more without the others.
    func store(
        _ result: Result<[UInt8], Rejection>, for key: IdempotencyKey, method: String,
        principal: String, payloadDigest: [UInt8], position: LogPosition, now: Timestamp,
        part: Int
    ) throws(StorageError) {
        insert.bind(1, key.bytes)
        insert.bind(2, StableHash.number(of: method))
        insert.bind(3, principal)
        insert.bind(4, payloadDigest)
        switch result {
        case .success(let reply):
            insert.bind(5, Int64(StatusCode.ok.rawValue))
            insert.bind(6, reply)
        case .failure(let rejection):
            insert.bind(5, Int64(rejection.code.rawValue))
            insert.bind(6, StoredRejection.encode(rejection))
        }
        insert.bind(7, Int64(clamping: position.rawValue))
        insert.bind(8, now.microseconds)
        insert.bind(9, Int64(part))
        try insert.execute()
        if let oldestRecordedAt, now < oldestRecordedAt { self.oldestRecordedAt = now }
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
        oldestRecordedAt = try selectOldest.first { Timestamp(microseconds: $0.int64(at: 0)) }
        guard let oldestRecordedAt, oldestRecordedAt < limit else { return }
        deleteOldest.bind(1, limit.microseconds)
        deleteOldest.bind(2, Int64(countMax))
        while try deleteOldest.step() {
            counts.add(-1, part: Int(deleteOldest.int64(at: 0)))
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
