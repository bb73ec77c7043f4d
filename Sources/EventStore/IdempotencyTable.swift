internal import EventModel

/// The answers kept under the commands' keys. Writer's thread only.
final class IdempotencyTable {
    private let select: HotStatement
    private let insert: HotStatement
    private let selectOldest: HotStatement
    private let deleteThrough: HotStatement
    /// When the oldest kept answer was recorded; `nil`: not known.
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
        selectOldest = try connection.prepare(
            "SELECT id, recorded_at FROM idempotency_keys ORDER BY id LIMIT ?")
        deleteThrough = try connection.prepare("DELETE FROM idempotency_keys WHERE id <= ?")
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
    }

    /// To be called when a group was rolled back: what was purged is there again.
    func didRollBack() {
        oldestRecordedAt = nil
    }

    /// Forgets the oldest answers as far as they were recorded before `limit`, at most `countMax`
    /// of them: a small step of each group instead of a long pause some day.
    func purge(recordedBefore limit: Timestamp, countMax: Int) throws(StorageError) {
        if let oldestRecordedAt, oldestRecordedAt >= limit { return }
        var lastExpired: Int64?
        oldestRecordedAt = nil
        selectOldest.bind(1, Int64(countMax))
        while try selectOldest.step() {
            let recordedAt = Timestamp(microseconds: selectOldest.int64(at: 1))
            guard recordedAt < limit else {
                oldestRecordedAt = recordedAt
                break
            }
            lastExpired = selectOldest.int64(at: 0)
        }
        selectOldest.reset()
        guard let lastExpired else { return }
        deleteThrough.bind(1, lastExpired)
        try deleteThrough.execute()
    }
}
