/// All entries of an index, in its order.
@safe struct SortedRun {
    /// A document's key in the index by its first 16 bytes, which tell most keys apart without a
    /// look at the document; those of shorter keys are filled up with zeros.
    private struct Entry {
        let high: UInt64
        let low: UInt64
        let slot: UInt32
    }

    private var entries: [Entry] = []
    private let records: [StoredRecord.Base]
    /// Where the key stands within a document's index keys.
    private let offset: Int
    private let width: Int

    /// O(n log n) for keys in any order, O(n) for ascending ones.
    init(_ records: [StoredRecord.Base], _ schema: CollectionSchema, index: Int) {
        self.records = records
        offset = schema.indexes[..<index].reduce(0) { $0 + $1.keyByteCount }
        width = schema.indexes[index].keyByteCount
        entries = records.enumerated().map { [offset, width] slot, record in
            let key = unsafe Self.key(record, offset)
            return unsafe Entry(
                high: Self.word(key, 0, width), low: Self.word(key, 8, width),
                slot: UInt32(slot))
        }
        entries.sort { [records, offset, width] in
            Self.precedes($0, $1, records, offset, width)
        }
    }

    var count: Int { entries.count }

    var isUnique: Bool {
        // Two in a row, of which the first doesn't come before the second, are the same.
        (0..<max(0, count - 1)).allSatisfy {
            Self.precedes(entries[$0], entries[$0 + 1], records, offset, width)
        }
    }

    func slot(_ place: Int) -> UInt32 { entries[place].slot }

    /// Valid as long as the documents are.
    func key(_ place: Int) -> UnsafeRawPointer {
        unsafe Self.key(records[Int(entries[place].slot)], offset)
    }

    private static func precedes(
        _ left: Entry, _ right: Entry, _ records: [StoredRecord.Base], _ offset: Int, _ width: Int
    ) -> Bool {
        if left.high != right.high { return left.high < right.high }
        if left.low != right.low { return left.low < right.low }
        guard width > 16 else { return false }
        return unsafe KeyBytes.precedes(
            key(records[Int(left.slot)], offset), key(records[Int(right.slot)], offset),
            width: width)
    }

    private static func key(_ record: StoredRecord.Base, _ offset: Int) -> UnsafeRawPointer {
        unsafe StoredRecord(base: record.pointer).indexKeys + offset
    }

    /// Eight of a key's bytes as a number of the same order.
    private static func word(_ key: UnsafeRawPointer, _ start: Int, _ width: Int) -> UInt64 {
        if start &+ 8 <= width {
            return UInt64(
                bigEndian: unsafe key.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        }
        var word: UInt64 = 0
        for offset in start..<max(start, min(start &+ 8, width)) {
            let byte = unsafe key.load(fromByteOffset: offset, as: UInt8.self)
            word |= UInt64(byte) << UInt64(56 - 8 * (offset - start))
        }
        return word
    }
}
