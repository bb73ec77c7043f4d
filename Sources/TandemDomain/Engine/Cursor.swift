package import DocumentStore
package import TandemCore

/// Where the next page of a query begins, as opaque bytes: a version, the index key that the last
/// page ended with, and a checksum.
///
///     u8 version = 1 · index key · u32 FNV-1a, big-endian, of the range and the key
///
/// The checksum catches a cursor that was damaged, or taken from a query for something else. It is
/// no protection against forgery, and needs none: a page never leaves its query's range, wherever
/// it begins.
package enum Cursor {
    private static let version: UInt8 = 1
    private static let checksumByteCount = 4

    /// The cursor of the page after the one of `range` that ended with `key`.
    ///
    /// - Parameter owner: where the document is found to which those of the range belong.
    package static func bytes(
        after key: DocumentKey, of range: IndexRange, owner: IndexRange? = nil
    ) -> [UInt8] {
        [version] + key.bytes + checksum(key, range, owner)
    }

    /// The key that a cursor made for `range` holds; `nil` if it was not made for it.
    package static func key(
        in cursor: some Collection<UInt8>, of range: IndexRange, owner: IndexRange? = nil
    ) -> DocumentKey? {
        guard cursor.count > checksumByteCount, cursor.first == version,
            let key = DocumentKey(bytes: cursor.dropFirst().dropLast(checksumByteCount)),
            key.hasPrefix(range.prefix),
            cursor.suffix(checksumByteCount).elementsEqual(checksum(key, range, owner))
        else { return nil }
        return key
    }

    private static func checksum(
        _ key: DocumentKey, _ range: IndexRange, _ owner: IndexRange?
    ) -> [UInt8] {
        var hash: UInt32 = 0x811C_9DC5
        func add(_ byte: UInt8) { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        for range in [owner, range].compactMap({ $0 }) {
            for number in [range.collection, range.index, range.descending ? 1 : 0] {
                for shift in [24, 16, 8, 0] { add(UInt8(truncatingIfNeeded: number >> shift)) }
            }
            for part in [range.prefix, range.lower, range.upper, key] {
                // Its length first, so that no byte can change sides.
                add(part.map { UInt8(truncatingIfNeeded: $0.byteCount) } ?? 0xFF)
                for byte in part?.bytes ?? [] { add(byte) }
            }
        }
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: hash >> $0) }
    }
}

extension IndexRange {
    /// A page of this range, where a cursor says; the first one if the cursor is empty.
    ///
    /// - Parameter owner: where the document is found to which those of the range belong.
    /// A cursor of another range, or one that is no cursor, is a rejection (INVALID_CURSOR).
    package func page(
        from cursor: some Collection<UInt8>, limit: Int, owner: IndexRange? = nil
    ) throws(Rejection) -> QueryPlan {
        guard !cursor.isEmpty else { return plan(after: nil, limit, owner) }
        guard let key = Cursor.key(in: cursor, of: self, owner: owner) else {
            throw Rejection(
                .invalidArgument, reason: "INVALID_CURSOR",
                message: """
                    the cursor is not one of this query; use next_cursor of the page before, \
                    with the same arguments, or none to begin again
                    """)
        }
        return plan(after: key, limit, owner)
    }

    /// The part of this range that belongs to a document; `nil` if there is no such document.
    ///
    /// - Parameter after: what the page before ended with. A page that goes on goes on with the
    ///   same owner's: if there is another by now, or nobody, that is a rejection (INVALID_CURSOR).
    package func owned(
        by key: DocumentKey?, after: DocumentKey?
    ) throws(Rejection) -> IndexRange? {
        if let after, key.map(after.hasPrefix) != true {
            throw Rejection(
                .invalidArgument, reason: "INVALID_CURSOR",
                message: """
                    What the page before belonged to is not found any more, or is another's; begin \
                    again without a cursor.
                    """)
        }
        guard let key else { return nil }
        var owned = self
        owned.prefix = key
        return owned
    }

    private func plan(after: DocumentKey?, _ limit: Int, _ owner: IndexRange?) -> QueryPlan {
        guard let owner else { return .page(self, after: after, limit: limit) }
        return .pageOf(owner: owner, self, after: after, limit: limit)
    }
}
