import CPrefetch

/// Keys whose documents are looked up together.
///
/// A look-up in a store of any size is three cache misses, each of which has to wait for the one
/// before: the entry of the hash index, the slot, the document. Many together wait for each kind
/// once: processors fetch about ten lines at a time. (Valkey 8 does the same.)
@safe package final class LookUps {
    /// How many there can be.
    package static let countMax = 32

    @safe private struct LookUp {
        var key = DocumentKey()
        var hash32: UInt32 = 0
        var collection = 0
        /// Of the key, as far as its hash tells.
        var slot: UInt32?
        var record: StoredRecord?
    }

    private let all: UnsafeMutablePointer<LookUp>
    /// What was found may be looked at: the state that it belongs to is still pinned.
    private var areFound = false
    package private(set) var count = 0

    init() {
        unsafe all = .allocate(capacity: Self.countMax)
        unsafe all.initialize(repeating: LookUp(), count: Self.countMax)
    }

    deinit {
        unsafe all.deallocate()
    }

    package func removeAll() {
        count = 0
        areFound = false
    }

    /// The documents may be freed from here on.
    func forgetFound() { areFound = false }

    /// One more than ``countMax`` is our own bug, and traps.
    package func add(_ key: DocumentKey, of collection: Int) {
        precondition(count < Self.countMax, "Too many documents are looked up together.")
        unsafe all[count].key = key
        unsafe all[count].collection = collection
        count += 1
    }

    /// Finds them all on a side.
    func find(on side: UnsafeMutablePointer<LeftRight.Side>, _ hash: SipHash) {
        for index in 0..<count {
            let hash32 = UInt32(truncatingIfNeeded: hash.hash(unsafe all[index].key))
            unsafe all[index].hash32 = hash32
            unsafe side.pointee.collection(all[index].collection).pointee.expectEntry(hash32)
        }
        for index in 0..<count {
            unsafe all[index].slot = side.pointee.collection(all[index].collection).pointee
                .expectedSlot(all[index].hash32)
        }
        for index in 0..<count {
            guard let slot = unsafe all[index].slot else { continue }
            let record = unsafe side.pointee.collection(all[index].collection).pointee.record(slot)
            unsafe record.expect()
            unsafe all[index].record = record
        }
        for index in 0..<count { unsafe check(&all[index], on: side) }
        areFound = true
    }

    /// Two keys may have the same hash: only the documents tell.
    private func check(
        _ lookUp: inout LookUp, on side: UnsafeMutablePointer<LeftRight.Side>
    ) {
        guard lookUp.slot != nil, let record = unsafe lookUp.record else {
            unsafe lookUp.record = nil
            return
        }
        if unsafe record.hasKey(lookUp.key) { return }
        let collection = unsafe side.pointee.collection(lookUp.collection)
        let slot = unsafe collection.pointee.slot(of: lookUp.key, hash32: lookUp.hash32)
        unsafe lookUp.record = unsafe slot.map { unsafe collection.pointee.record($0) }
    }

    /// What was found; `nil` if there is no document with that key.
    package subscript(index: Int) -> StoredDocument? {
        precondition(
            areFound && index >= 0 && index < count,
            "A document is asked for that was not looked up.")
        return unsafe all[index].record.map { unsafe StoredDocument($0) }
    }

    package func collection(_ index: Int) -> Int {
        precondition(index >= 0 && index < count, "A look-up is asked for that there isn't.")
        return unsafe all[index].collection
    }
}
