internal import TandemCore

/// An answer that is kept under a command's key, as a row of `idempotency_keys` holds it.
struct AnswerRow {
    var key: [UInt8]
    /// A ``StableHash`` of its name.
    var method: Int64
    var principal: String
    var payloadDigest: [UInt8]
    /// 0 for a reply; else a rejection's code.
    var status: Int64
    var reply: [UInt8]
    var position: Int64
    var recordedAt: Int64
    var part: Int64

    static let columns = """
        key, method, principal, payload_digest, status, reply, position, recorded_at, part, checksum
        """
    static let columnCount = 10

    /// Of all that the row holds: a bit that has turned over is noticed, and isn't an answer.
    var checksum: Int64 {
        var hash = RowHash()
        hash.add(key)
        hash.add(method)
        hash.add(Array(principal.utf8))
        hash.add(payloadDigest)
        hash.add(status)
        hash.add(reply)
        hash.add(position)
        hash.add(recordedAt)
        hash.add(part)
        return Int64(bitPattern: hash.value)
    }

    /// The row that `statement` stands on, whose first columns are ``columns``.
    init(_ statement: PreparedStatement) throws(StorageError) {
        key = try statement.blob(at: 0)
        method = try statement.int64(at: 1)
        principal = try statement.text(at: 2)
        payloadDigest = try statement.blob(at: 3)
        status = try statement.int64(at: 4)
        reply = try statement.blob(at: 5)
        position = try statement.int64(at: 6)
        recordedAt = try statement.int64(at: 7)
        part = try statement.int64(at: 8)
    }

    /// What its checksum has to be; `nil` if it holds what no answer does.
    static func sum(of statement: PreparedStatement) -> Int64? {
        // Whoever needs the answer is told.
        try? AnswerRow(statement).checksum
    }
}

/// An answer as it was given.
struct StoredAnswer {
    let payloadDigest: [UInt8]
    let result: Result<[UInt8], Rejection>
    let position: LogPosition
}

extension AnswerRow {
    init(
        _ result: Result<[UInt8], Rejection>, for key: IdempotencyKey, method: Int64,
        principal: String, payloadDigest: [UInt8], position: LogPosition, now: Timestamp, part: Int
    ) {
        self.key = key.bytes
        self.method = method
        self.principal = principal
        self.payloadDigest = payloadDigest
        switch result {
        case .success(let reply):
            status = Int64(StatusCode.ok.rawValue)
            self.reply = reply
        case .failure(let rejection):
            status = Int64(rejection.code.rawValue)
            reply = StoredRejection.encode(rejection)
        }
        self.position = Int64(clamping: position.rawValue)
        recordedAt = now.microseconds
        self.part = Int64(part)
    }

    /// For an insertion of ``columns``.
    func bind(to statement: PreparedStatement) {
        statement.bind(1, key)
        statement.bind(2, method)
        statement.bind(3, principal)
        statement.bind(4, payloadDigest)
        statement.bind(5, status)
        statement.bind(6, reply)
        statement.bind(7, position)
        statement.bind(8, recordedAt)
        statement.bind(9, part)
        statement.bind(10, checksum)
    }

    /// Of SHA-256.
    private static let digestByteCount = 32

    /// A damaged row unless it holds an answer that was given before a log had its `head`.
    func answer(
        through head: LogPosition, checksum kept: Int64
    ) throws(StorageError) -> StoredAnswer {
        guard payloadDigest.count == Self.digestByteCount else {
            throw .damagedRow("payload_digest has \(payloadDigest.count) bytes")
        }
        guard position >= 0, position <= Int64(clamping: head.rawValue) else {
            throw .damagedRow("position is \(position), and the log's last is \(head)")
        }
        guard let code = UInt16(exactly: status).flatMap(StatusCode.init), code.isDeterministic
        else { throw .damagedRow("status is \(status)") }
        guard checksum == kept else {
            throw .damagedRow("its checksum is not that of what it holds")
        }
        return StoredAnswer(
            payloadDigest: payloadDigest, result: try result(code),
            position: LogPosition(rawValue: UInt64(position)))
    }

    private func result(
        _ code: StatusCode
    ) throws(StorageError) -> Result<[UInt8], Rejection> {
        if code == .ok { return .success(reply) }
        guard let rejection = StoredRejection.decode(reply, code: code) else {
            throw .damagedRow("reply is not a rejection")
        }
        return .failure(rejection)
    }
}
