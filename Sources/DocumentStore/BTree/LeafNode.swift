// A leaf of a B+tree. This is the only file that knows its layout:
//
//   offset 0   UInt16  entries
//          8   pointer the leaf before, or nil
//         16   pointer the leaf behind, or nil
//         24           a UInt32 slot for each entry that fits
//          …           a key for each entry that fits

/// A pointer to a leaf, with the layout it was made by.
@unsafe struct LeafNode {
    let base: UnsafeMutableRawPointer
    let layout: BTreeLayout

    static func make(_ layout: BTreeLayout) -> LeafNode {
        let leaf = unsafe LeafNode(
            base: RawMemory.allocate(byteCount: layout.leafByteCount), layout: layout)
        unsafe leaf.count = 0
        unsafe leaf.previous = nil
        unsafe leaf.next = nil
        return unsafe leaf
    }

    var count: Int {
        get { Int(unsafe base.load(as: UInt16.self)) }
        nonmutating set {
            unsafe base.storeBytes(of: UInt16(truncatingIfNeeded: newValue), as: UInt16.self)
        }
    }

    var previous: UnsafeMutableRawPointer? {
        get { unsafe base.load(fromByteOffset: 8, as: UnsafeMutableRawPointer?.self) }
        nonmutating set {
            unsafe base.storeBytes(
                of: newValue, toByteOffset: 8, as: UnsafeMutableRawPointer?.self)
        }
    }

    var next: UnsafeMutableRawPointer? {
        get { unsafe base.load(fromByteOffset: 16, as: UnsafeMutableRawPointer?.self) }
        nonmutating set {
            unsafe base.storeBytes(
                of: newValue, toByteOffset: 16, as: UnsafeMutableRawPointer?.self)
        }
    }

    var slots: UnsafeMutablePointer<UInt32> {
        unsafe (base + BTreeLayout.leafHeaderByteCount).assumingMemoryBound(to: UInt32.self)
    }

    var keys: KeyBytes {
        unsafe KeyBytes(
            base: base + BTreeLayout.leafHeaderByteCount
                + layout.leafCapacity &* BTreeLayout.slotByteCount,
            width: layout.keyByteCount)
    }

    func rank(of key: UnsafeRawPointer, orEqual: Bool) -> Int {
        unsafe keys.rank(of: key, count: count, orEqual: orEqual)
    }

    func insert(_ key: UnsafeRawPointer, slot: UInt32, at index: Int) {
        let count = unsafe count
        unsafe move(from: index, count: count - index, to: self, at: index + 1)
        unsafe keys.set(index, key)
        unsafe slots[index] = slot
        unsafe self.count = count + 1
    }

    func remove(at index: Int) {
        let count = unsafe count
        unsafe move(from: index + 1, count: count - index - 1, to: self, at: index)
        unsafe self.count = count - 1
    }

    /// Copies entries to another place, or another leaf, and leaves both counts as they are.
    func move(from start: Int, count: Int, to target: LeafNode, at index: Int) {
        guard count > 0 else { return }
        unsafe keys.move(from: start, count: count, to: target.keys, at: index)
        unsafe UnsafeMutableRawPointer(target.slots + index).copyMemory(
            from: slots + start, byteCount: count &* BTreeLayout.slotByteCount)
    }

    /// Puts a new leaf into the chain behind this one.
    func link(behind leaf: LeafNode) {
        unsafe leaf.previous = base
        unsafe leaf.next = next
        if let next = unsafe next {
            unsafe LeafNode(base: next, layout: layout).previous = leaf.base
        }
        unsafe next = leaf.base
    }

    /// Takes this leaf out of the chain.
    func unlink() {
        let previous = unsafe previous
        let next = unsafe next
        if let previous = unsafe previous {
            unsafe LeafNode(base: previous, layout: layout).next = next
        }
        if let next = unsafe next {
            unsafe LeafNode(base: next, layout: layout).previous = previous
        }
    }
}
