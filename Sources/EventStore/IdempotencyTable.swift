internal import EventModel

/// The answers kept under the commands' keys. Writer's thread only.
final class IdempotencyTable {
    private let select: HotStatement
    private let insert: HotStatement
    private let selectOldest: HotStatement
    private let deleteOldest: HotStatement
    /// No kept answer was recorded before this; `nil`: not known.
    private var oldestRecordedAt: Timestamp?

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
                (key, method, principal, payload_digest, status, reply, position, recorded_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        // By the index on their times, not by their order: the clock may have been set back.
        selectOldest = try connection.prepare(
            "SELECT recorded_at FROM idempotency_keys ORDER BY recorded_at LIMIT 1")
        deleteOldest = try connection.prepare(
            """
            DELETE FROM idempotency_keys WHERE id IN (
                SELECT id FROM idempotency_keys WHERE recorded_at < ?
                ORDER BY recorded_at LIMIT ?
            )
            """)
    }

    func answer(
        to key: IdempotencyKey, method: String, principal: String
    ) throws(StorageError) -> StoredAnswer? {
        select.bind(1, key.bytes)
        select.bind(2, method)
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

    func store(
        _ result: Result<[UInt8], Rejection>, for key: IdempotencyKey, method: String,
        principal: String, payloadDigest: [UInt8], position: LogPosition, now: Timestamp
    ) throws(StorageError) {
        insert.bind(1, key.bytes)
        insert.bind(2, method)
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
        try insert.execute()
        if let oldestRecordedAt, now < oldestRecordedAt { self.oldestRecordedAt = now }
    }

    /// To be called when a group was rolled back: what was purged is there again.
    func didRollBack() {
        oldestRecordedAt = nil
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
        try deleteOldest.execute()
        self.oldestRecordedAt = nil
    }
}
