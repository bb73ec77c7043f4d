public import EventModel
public import SnapshotStore

/// Where the next page of a query begins, as opaque bytes: a version, the index key that the last
/// page ended with, and a checksum.
///
///     u8 version = 1 · index key · u32 FNV-1a, big-endian, of collection, index, prefix and key
///
/// The checksum catches a cursor that was damaged, or taken from a query for something else. It is
/// no protection against forgery, and needs none: a page never leaves its query's prefix, wherever
/// it begins.
package enum Cursor {
    private static let version: UInt8 = 1
    private static let checksumByteCount = 4

    /// The cursor of the page after the one of `plan` that ended with `key`.
    package static func bytes(after key: DocumentKey, of plan: QueryPlan) -> [UInt8] {
        [version] + key.bytes + checksum(key, plan)
    }

    /// The key that a cursor made for `plan` holds; `nil` if it was not made for it.
    package static func key(in cursor: some Collection<UInt8>, of plan: QueryPlan) -> DocumentKey? {
        guard cursor.count > checksumByteCount, cursor.first == version,
            let key = DocumentKey(bytes: cursor.dropFirst().dropLast(checksumByteCount)),
            key.hasPrefix(plan.key),
            cursor.suffix(checksumByteCount).elementsEqual(checksum(key, plan))
        else { return nil }
        return key
    }

    private static func checksum(_ key: DocumentKey, _ plan: QueryPlan) -> [UInt8] {
        var hash: UInt32 = 0x811C_9DC5
        func add(_ byte: UInt8) { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        for number in [plan.collection, plan.index, plan.descending ? 1 : 0, plan.key.byteCount] {
            for shift in [24, 16, 8, 0] { add(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        for byte in plan.key.bytes { add(byte) }
        for byte in key.bytes { add(byte) }
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: hash >> $0) }
    }
}

extension QueryPlan {
    /// This page's plan, continued where a cursor says; the same plan if the cursor is empty.
    ///
    /// A cursor of another query, or one that is no cursor, is a rejection (INVALID_CURSOR).
    public func continued(from cursor: some Collection<UInt8>) throws(Rejection) -> QueryPlan {
        guard !cursor.isEmpty else { return self }
        guard let key = Cursor.key(in: cursor, of: self) else {
            throw Rejection(
                .invalidArgument, reason: "INVALID_CURSOR",
                message: """
                    the cursor is not one of this query; use next_cursor of the page before, \
                    with the same arguments, or none to begin again
                    """)
        }
        return .page(
            collection: collection, index: index, prefix: self.key, after: key,
            descending: descending, limit: limit)
    }
}
