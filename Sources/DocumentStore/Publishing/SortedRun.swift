/// All entries of an index, in its order.
@safe struct SortedRun {
    /// A document's key in the index by its first 24 bytes, which tell most keys apart without a
    /// look at the document; those of shorter keys are filled up with zeros.
    private struct Entry {
        let words: (UInt64, UInt64, UInt64)
        let slot: UInt32

        func isAlike(_ other: Entry) -> Bool { words == other.words }
    }

    private static let wordsByteCount = 24

    private var entries: [Entry]
    /// Whether no two have the same key.
    let isUnique: Bool
    private let records: [StoredRecord.Base]
    /// Where the key stands within a document's index keys.
    private let offset: Int

    /// A pass over 32 bytes an entry for each byte in which the keys' beginnings differ.
    init(_ records: [StoredRecord.Base], _ schema: CollectionSchema, index: Int) {
        let offset = schema.indexes[..<index].reduce(0) { $0 + $1.keyByteCount }
        let width = schema.indexes[index].keyByteCount
        self.records = records
        self.offset = offset
        var entries = records.enumerated().map { slot, record in
            let key = unsafe Self.key(record, offset)
            return unsafe Entry(
                words: (
                    Self.word(key, 0, width), Self.word(key, 8, width), Self.word(key, 16, width)
                ), slot: UInt32(slot))
        }
        Self.sort(&entries)
        isUnique = unsafe Self.sortAlike(&entries, width) { slot in
            unsafe Self.key(records[Int(slot)], offset)
        }
        self.entries = entries
    }

    var count: Int { entries.count }

    func slot(_ place: Int) -> UInt32 { entries[place].slot }

    /// Valid as long as the documents are.
    func key(_ place: Int) -> UnsafeRawPointer {
        unsafe Self.key(records[Int(entries[place].slot)], offset)
    }

    /// By the keys' beginnings: from the last byte to the first, each pass leaving those that it
    /// doesn't tell apart as they are (Knuth, The Art of Computer Programming, 5.2.5).
    private static func sort(_ entries: inout [Entry]) {
        var scratch = entries
        sort(&entries, &scratch) { $0.words.2 }
        sort(&entries, &scratch) { $0.words.1 }
        sort(&entries, &scratch) { $0.words.0 }
    }

    /// By one word; of the bytes in which all are the same nothing comes, nor of those that are in
    /// order: many keys end as the documents' own, in whose order they come.
    @inline(__always)
    private static func sort(
        _ entries: inout [Entry], _ scratch: inout [Entry], by word: (Entry) -> UInt64
    ) {
        guard var last = entries.first.map(word) else { return }
        let first = last
        var isAscending = true
        var differing: UInt64 = 0
        for entry in entries {
            let word = word(entry)
            if word < last { isAscending = false }
            differing |= word ^ first
            last = word
        }
        guard !isAscending else { return }
        for shift in stride(from: 0 as UInt64, to: 64, by: 8)
        where differing &>> shift & 0xFF != 0 {
            pass(entries, &scratch) { Int(truncatingIfNeeded: word($0) &>> shift & 0xFF) }
            swap(&entries, &scratch)
        }
    }

    /// Puts entries in the order of one byte of theirs.
    @inline(__always)
    private static func pass(
        _ entries: [Entry], _ target: inout [Entry], byte: (Entry) -> Int
    ) {
        var places = [Int](repeating: 0, count: 257)
        for entry in entries { places[byte(entry) &+ 1] &+= 1 }
        for value in 1...256 { places[value] &+= places[value &- 1] }
        for entry in entries {
            let value = byte(entry)
            target[places[value]] = entry
            places[value] &+= 1
        }
    }

    /// Sorts those with the same beginning by the rest of their keys. False if two are the same.
    private static func sortAlike(
        _ entries: inout [Entry], _ width: Int, key: (UInt32) -> UnsafeRawPointer
    ) -> Bool {
        var start = 0
        var isUnique = true
        while start < entries.count {
            let first = entries[start]
            var end = start + 1
            while end < entries.count, entries[end].isAlike(first) { end += 1 }
            if end - start > 1 {
                guard width > wordsByteCount else { return false }
                entries[start..<end].sort {
                    unsafe KeyBytes.precedes(key($0.slot), key($1.slot), width: width)
                }
                for place in start + 1..<end where isUnique {
                    isUnique = unsafe KeyBytes.precedes(
                        key(entries[place - 1].slot), key(entries[place].slot), width: width)
                }
            }
            start = end
        }
        return isUnique
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
