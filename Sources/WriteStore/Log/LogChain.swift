internal import Crypto
internal import TandemCore

/// Binds each event to all that stand before it.
///
/// An event's digest is the SHA-256 of the digest before it and of all that its row holds, each
/// text and blob behind its length; the first follows on the SHA-256 of the cluster's id. So none
/// can be changed, left out, added or moved without changing every digest behind it, and who knows
/// the last one knows them all.
struct LogChain {
    var end: LogEnd
    /// Kept, for its memory.
    private var bytes: [UInt8] = []

    static let digestByteCount = SHA256.byteCount

    init(after end: LogEnd) {
        self.end = end
    }

    /// Of a log without events.
    init(clusterID: [UInt8]) {
        let name = Array("tandem log of cluster ".utf8) + clusterID
        end = LogEnd(position: .beginning, digest: Array(SHA256.hash(data: name)))
    }

    /// The digest of the event, which is the last from now on.
    mutating func append(_ event: RecordedEvent) -> [UInt8] {
        bytes.removeAll(keepingCapacity: true)
        bytes += end.digest
        add(event.position.rawValue)
        add(event.stream.rawValue)
        add(event.version.rawValue)
        add(event.type)
        add(event.payload)
        add(event.metadata)
        add(UInt64(bitPattern: event.recordedAt.microseconds))
        let digest = Array(SHA256.hash(data: bytes))
        end = LogEnd(position: event.position, digest: digest)
        return digest
    }

    private mutating func add(_ number: UInt64) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    private mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    private mutating func add(_ blob: [UInt8]) {
        add(UInt64(blob.count))
        bytes += blob
    }
}

extension LogChain {
    /// Up to where the database has it, as its last row says.
    init(of connection: WriteConnection) throws(StorageError) {
        let last = try connection.prepare(
            "SELECT position, digest FROM events ORDER BY position DESC LIMIT 1")
        let end = try last.first { row throws(StorageError) in
            LogEnd(
                position: LogPosition(rawValue: UInt64(clamping: try row.int64(at: 0))),
                digest: try Self.digest(row, at: 1))
        }
        if let end { self.init(after: end) } else { try self.init(beginningOf: connection) }
    }

    /// Up to an event of it; `nil` if there is none at that position.
    init?(of connection: WriteConnection, at position: LogPosition) throws(StorageError) {
        let select = try connection.prepare("SELECT digest FROM events WHERE position = ?")
        select.bind(1, Int64(clamping: position.rawValue))
        let digest = try select.first { row throws(StorageError) in
            try Self.digest(row, at: 0)
        }
        guard let digest else { return nil }
        self.init(after: LogEnd(position: position, digest: digest))
    }

    /// Before its first event.
    init(beginningOf connection: WriteConnection) throws(StorageError) {
        let name = try connection.prepare("SELECT value FROM meta WHERE name = 'cluster_id'")
        let clusterID = try name.first { row throws(StorageError) in try row.blob(at: 0) }
        self.init(clusterID: clusterID ?? [])
    }

    static func digest(
        _ row: PreparedStatement, at column: Int
    ) throws(StorageError) -> [UInt8] {
        let digest = try row.blob(at: column)
        guard digest.count == digestByteCount else {
            throw .damagedRow("digest has \(digest.count) bytes")
        }
        return digest
    }
}
