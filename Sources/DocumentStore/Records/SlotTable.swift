// Slot → record. Both hash index and B+trees of a side lead to slots, so that replacing a
// document whose index keys stay the same changes one pointer and nothing else.

/// One side's table of slots. Plain memory: see `LeftRight` for who may touch it when.
@safe struct SlotTable {
    private var records: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    private(set) var capacity: Int
    private static let capacityMin = 16

    init() {
        capacity = Self.capacityMin
        unsafe records = .allocate(capacity: Self.capacityMin)
        unsafe records.initialize(repeating: nil, count: Self.capacityMin)
    }

    /// The record in a slot that is in use.
    func record(_ slot: UInt32) -> StoredRecord {
        guard let base = unsafe records[Int(slot)] else {
            preconditionFailure("An index leads to a slot that holds no document.")
        }
        return unsafe StoredRecord(base: base)
    }

    /// Where a slot's record is noted.
    @unsafe func place(_ slot: UInt32) -> UnsafeMutablePointer<UnsafeMutableRawPointer?> {
        unsafe records + Int(slot)
    }

    /// Fills, replaces or (with nil) empties a slot.
    mutating func set(_ slot: UInt32, _ record: StoredRecord?) {
        if Int(slot) >= capacity { resize(to: max(Int(slot) + 1, capacity + capacity / 2)) }
        unsafe records[Int(slot)] = record?.base
    }

    /// Makes room for so many slots at once.
    mutating func reserve(_ count: Int) {
        if count > capacity { resize(to: count) }
    }

    static func byteCount(filledWith count: Int) -> Int {
        RawMemory.byteCount(ofBlock: max(capacityMin, count) * 8)
    }

    /// Back to the smallest size; every slot is empty.
    mutating func reset() {
        if capacity > Self.capacityMin { resize(to: Self.capacityMin) }
        unsafe records.update(repeating: nil, count: capacity)
    }

    /// Calls back with every record there is.
    func forEach(_ body: (StoredRecord) throws -> Void) rethrows {
        for slot in 0..<capacity {
            if let base = unsafe records[slot] { unsafe try body(StoredRecord(base: base)) }
        }
    }

    func destroy() {
        unsafe records.deallocate()
    }

    var memoryByteCount: Int { RawMemory.byteCount(ofBlock: capacity * 8) }

    private mutating func resize(to newCapacity: Int) {
        let resized = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(
            capacity: newCapacity)
        let kept = min(capacity, newCapacity)
        unsafe resized.initialize(from: records, count: kept)
        unsafe (resized + kept).initialize(repeating: nil, count: newCapacity - kept)
        unsafe records.deallocate()
        unsafe records = resized
        capacity = newCapacity
    }
}
