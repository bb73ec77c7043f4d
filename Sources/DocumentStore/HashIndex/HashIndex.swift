// Key → slot, by open addressing with linear probing. An entry is one word: 32 bits of the key's
// hash (`hash32`) above the 32 bits of the slot. They alone say where an entry wants
// to be, so that growing and removing never touch a record.

/// One side's hash index of a collection. Plain memory: see `LeftRight` for who may touch it when.
@safe struct HashIndex {
    private var entries: UnsafeMutablePointer<UInt64>
    private(set) var capacity: Int
    private(set) var count = 0

    /// No entry: its slot would be the one that does not exist.
    private static let vacant = UInt64.max
    private static let capacityMin = 16

    init() {
        capacity = Self.capacityMin
        unsafe entries = .allocate(capacity: Self.capacityMin)
        unsafe entries.initialize(repeating: Self.vacant, count: Self.capacityMin)
    }

    /// The slot of the entry with this `hash32` that `isMatch` accepts. Two probes on average.
    func slot(hash32: UInt32, isMatch: (UInt32) -> Bool) -> UInt32? {
        var place = home(of: hash32)
        while true {
            let entry = unsafe entries[place]
            if entry == Self.vacant { return nil }
            if UInt32(truncatingIfNeeded: entry >> 32) == hash32 {
                let slot = UInt32(truncatingIfNeeded: entry)
                if isMatch(slot) { return slot }
            }
            place = following(place)
        }
    }

    /// Where the search for a key begins.
    @unsafe func firstEntry(hash32: UInt32) -> UnsafeMutablePointer<UInt64> {
        unsafe entries + home(of: hash32)
    }

    /// Adds an entry for a key that has none.
    mutating func insert(hash32: UInt32, slot: UInt32) {
        // At most three quarters full: probes stay short, and a vacant place ends each search.
        if (count + 1) * 4 > capacity * 3 { resize(to: capacity + capacity / 2) }
        place(UInt64(hash32) << 32 | UInt64(slot))
        count += 1
    }

    /// Makes room for so many entries at once.
    mutating func reserve(_ count: Int) {
        if Self.capacity(of: count) > capacity { resize(to: Self.capacity(of: count)) }
    }

    /// Two thirds of it are full.
    private static func capacity(of count: Int) -> Int { max(capacityMin, count + count / 2 + 2) }

    static func byteCount(filledWith count: Int) -> Int {
        RawMemory.byteCount(ofBlock: capacity(of: count) * 8)
    }

    /// Removes an entry that is there.
    mutating func remove(hash32: UInt32, slot: UInt32) {
        let wanted = UInt64(hash32) << 32 | UInt64(slot)
        var gap = home(of: hash32)
        while unsafe entries[gap] != wanted {
            precondition(
                unsafe entries[gap] != Self.vacant,
                "A document to be removed is not in the hash index.")
            gap = following(gap)
        }
        close(&gap)
        unsafe entries[gap] = Self.vacant
        count -= 1
        if count * 8 < capacity, capacity > Self.capacityMin {
            resize(to: max(Self.capacityMin, capacity / 3))
        }
    }

    func destroy() {
        unsafe entries.deallocate()
    }

    var memoryByteCount: Int { RawMemory.byteCount(ofBlock: capacity * 8) }

    /// Moves later entries back over a gap, as long as that brings them no further than home.
    /// So there are no tombstones, and searches don't get longer with the years.
    private func close(_ gap: inout Int) {
        var candidate = following(gap)
        while unsafe entries[candidate] != Self.vacant {
            let entry = unsafe entries[candidate]
            let wanted = home(of: UInt32(truncatingIfNeeded: entry >> 32))
            if distance(from: wanted, to: candidate) >= distance(from: gap, to: candidate) {
                unsafe entries[gap] = entry
                gap = candidate
            }
            candidate = following(candidate)
        }
    }

    private func place(_ entry: UInt64) {
        var place = home(of: UInt32(truncatingIfNeeded: entry >> 32))
        while unsafe entries[place] != Self.vacant { place = following(place) }
        unsafe entries[place] = entry
    }

    private mutating func resize(to newCapacity: Int) {
        let old = unsafe entries
        let oldCapacity = capacity
        unsafe entries = .allocate(capacity: newCapacity)
        unsafe entries.initialize(repeating: Self.vacant, count: newCapacity)
        capacity = newCapacity
        for index in 0..<oldCapacity {
            let entry = unsafe old[index]
            if entry != Self.vacant { place(entry) }
        }
        unsafe old.deallocate()
    }

    /// `hash32` scaled to the capacity, which need not be a power of two.
    private func home(of hash32: UInt32) -> Int {
        let scaled = UInt64(hash32).multipliedFullWidth(by: UInt64(truncatingIfNeeded: capacity))
        return Int(truncatingIfNeeded: scaled.high << 32 | scaled.low >> 32)
    }

    private func following(_ place: Int) -> Int {
        place &+ 1 == capacity ? 0 : place &+ 1
    }

    private func distance(from start: Int, to end: Int) -> Int {
        end >= start ? end &- start : end &+ capacity &- start
    }
}
