/// Neighbours in an index whose documents are fetched together: as ``LookUps``, so that their cache
/// misses overlap.
@safe package final class ScanRun {
    /// How many there can be: the first page of most lists.
    static let countMax = 32

    private let entries: UnsafeMutablePointer<BTreeCursor.Entry?>
    private let records: UnsafeMutablePointer<StoredRecord?>
    package private(set) var count = 0
    private var isInUse = false

    init() {
        unsafe entries = .allocate(capacity: Self.countMax)
        unsafe entries.initialize(repeating: nil, count: Self.countMax)
        unsafe records = .allocate(capacity: Self.countMax)
        unsafe records.initialize(repeating: nil, count: Self.countMax)
    }

    deinit {
        unsafe entries.deallocate()
        unsafe records.deallocate()
    }

    /// A scan begins. One within another would take the other's documents away, and traps.
    func begin() {
        precondition(!isInUse, "A scan was begun within another.")
        isInUse = true
    }

    /// It is over: nothing of what was taken may be looked at any more.
    func end() {
        isInUse = false
        count = 0
    }

    /// Takes the next entries of a range; fewer than were asked for are its last.
    @unsafe func take(
        _ askedCount: Int, from cursor: inout BTreeCursor, of range: IndexRange, _ width: Int,
        _ collection: UnsafeMutablePointer<Replica>
    ) {
        count = 0
        while count < askedCount, let entry = unsafe next(&cursor, of: range, width) {
            unsafe collection.pointee.expectSlot(entry.slot)
            unsafe entries[count] = unsafe entry
            count += 1
        }
        for index in 0..<count {
            guard let entry = unsafe entries[index] else { continue }
            let record = unsafe collection.pointee.record(entry.slot)
            unsafe record.expect()
            unsafe records[index] = unsafe record
        }
    }

    /// Whether the range goes on behind what was taken.
    @unsafe func isMore(
        _ cursor: inout BTreeCursor, of range: IndexRange, _ width: Int
    ) -> Bool {
        unsafe next(&cursor, of: range, width) != nil
    }

    private func next(
        _ cursor: inout BTreeCursor, of range: IndexRange, _ width: Int
    ) -> BTreeCursor.Entry? {
        guard let entry = unsafe range.descending ? cursor.previous() : cursor.next(),
            case let key = unsafe DocumentKey(copying: entry.key, byteCount: width),
            !range.isPast(key)
        else { return nil }
        return unsafe entry
    }

    package subscript(index: Int) -> StoredDocument {
        guard index >= 0, index < count, let record = unsafe records[index] else {
            preconditionFailure("A document is asked for that was not taken.")
        }
        return unsafe StoredDocument(record)
    }

    /// The index's key of a document that was taken.
    func key(_ index: Int, _ width: Int) -> DocumentKey {
        guard index >= 0, index < count, let entry = unsafe entries[index] else {
            preconditionFailure("A key is asked for that was not taken.")
        }
        return unsafe DocumentKey(copying: entry.key, byteCount: width)
    }
}
