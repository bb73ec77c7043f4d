import CPrefetch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One side's copy of a collection: hash index, slots and B+trees over records that both sides
/// share. Changed by the writer while the side is idle, read by readers while it is active; see
/// ``ReaderPin`` for why these never meet.
@safe struct Replica {
    private var hashIndex: HashIndex
    private var slots: SlotTable
    private let trees: UnsafeMutablePointer<BTree>
    let indexCount: Int

    init(_ schema: CollectionSchema) {
        hashIndex = HashIndex()
        slots = SlotTable()
        indexCount = schema.indexes.count
        unsafe trees = .allocate(capacity: max(1, indexCount))
        for (index, indexSchema) in schema.indexes.enumerated() {
            unsafe (trees + index).initialize(to: BTree(keyByteCount: indexSchema.keyByteCount))
        }
    }

    /// Frees the indexes, not the records.
    func destroy() {
        for index in 0..<indexCount { unsafe trees[index].destroy() }
        unsafe trees.deallocate()
        slots.destroy()
        hashIndex.destroy()
    }

    func tree(_ index: Int) -> BTree {
        precondition(
            index >= 0 && index < indexCount,
            "A query names an index that its collection does not have.")
        return unsafe trees[index]
    }

    func slot(of key: DocumentKey, hash32: UInt32) -> UInt32? {
        hashIndex.slot(hash32: hash32) { slot in unsafe slots.record(slot).hasKey(key) }
    }

    /// Has the entry of a key fetched.
    func expectEntry(_ hash32: UInt32) {
        unsafe tandem_prefetch(hashIndex.firstEntry(hash32: hash32))
    }

    /// Has what leads to a record fetched.
    func expectSlot(_ slot: UInt32) {
        unsafe tandem_prefetch(slots.place(slot))
    }

    /// The first slot whose key has this hash, which is fetched.
    func expectedSlot(_ hash32: UInt32) -> UInt32? {
        guard let slot = hashIndex.slot(hash32: hash32, isMatch: { _ in true }) else { return nil }
        expectSlot(slot)
        return slot
    }

    func record(_ slot: UInt32) -> StoredRecord {
        unsafe slots.record(slot)
    }

    /// Has the documents found by their keys, in an empty replica.
    ///
    /// - Parameter hashes: their keys' `hash32`.
    mutating func fill(_ records: [StoredRecord.Base], _ hashes: [UInt32]) {
        hashIndex.reserve(hashes.count)
        slots.reserve(records.count)
        for (slot, hash32) in hashes.enumerated() {
            hashIndex.insert(hash32: hash32, slot: UInt32(slot))
            unsafe slots.set(UInt32(slot), StoredRecord(base: records[slot].pointer))
        }
    }

    /// Fills an index that is empty.
    func fillTree(_ index: Int, with run: SortedRun) {
        unsafe trees[index].fill(with: run)
    }

    /// What one takes that was filled with so many documents.
    static func byteCount(filledWith count: Int, _ schema: CollectionSchema) -> Int {
        schema.indexes.reduce(
            HashIndex.byteCount(filledWith: count) + SlotTable.byteCount(filledWith: count)
        ) { sum, index in
            sum + BTree.byteCount(
                filledWith: count, BTreeLayout(keyByteCount: index.keyByteCount))
        }
    }

    func forEachRecord(_ body: (StoredRecord) throws -> Void) rethrows {
        unsafe try slots.forEach(body)
    }

    /// Both copies of the indexes cost the same: this is one of them.
    var memoryByteCount: Int {
        var total = hashIndex.memoryByteCount + slots.memoryByteCount
        for index in 0..<indexCount { total += unsafe trees[index].memoryByteCount }
        return total
    }

    /// Carries out a step, and says whether every index key was free: false means that two
    /// documents have the same key in an index.
    mutating func apply(_ operation: ReplicaOperation) -> Bool {
        let slot = operation.slot
        switch unsafe (operation.old, operation.new) {
        case (nil, let new?):
            hashIndex.insert(hash32: operation.hash32, slot: slot)
            unsafe slots.set(slot, new)
            return unsafe insertIndexKeys(new, slot: slot)
        case (let old?, let new?):
            unsafe slots.set(slot, new)
            return unsafe moveIndexKeys(from: old, to: new, slot: slot)
        case (let old?, nil):
            unsafe removeIndexKeys(old)
            hashIndex.remove(hash32: operation.hash32, slot: slot)
            unsafe slots.set(slot, nil)
            // The writer starts with slot 0 again, too.
            if hashIndex.count == 0 { slots.reset() }
            return true
        case (nil, nil):
            return true
        }
    }

    private func insertIndexKeys(_ record: StoredRecord, slot: UInt32) -> Bool {
        var isUnique = true
        var key = unsafe record.indexKeys
        for index in 0..<indexCount {
            isUnique = unsafe trees[index].insert(key, slot: slot) && isUnique
            unsafe key += trees[index].layout.keyByteCount
        }
        return isUnique
    }

    private func removeIndexKeys(_ record: StoredRecord) {
        var key = unsafe record.indexKeys
        for index in 0..<indexCount {
            _ = unsafe trees[index].remove(key)
            unsafe key += trees[index].layout.keyByteCount
        }
    }

    /// Leaves those indexes alone whose key stays the same: most of them, on most changes.
    private func moveIndexKeys(
        from old: StoredRecord, to new: StoredRecord, slot: UInt32
    ) -> Bool {
        var isUnique = true
        var oldKey = unsafe old.indexKeys
        var newKey = unsafe new.indexKeys
        for index in 0..<indexCount {
            let width = unsafe trees[index].layout.keyByteCount
            if unsafe memcmp(oldKey, newKey, width) != 0 {
                isUnique = unsafe trees[index].move(oldKey, to: newKey, slot: slot) && isUnique
            }
            unsafe oldKey += width
            unsafe newKey += width
        }
        return isUnique
    }
}
