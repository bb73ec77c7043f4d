// An inner node of a B+tree. This is the only file that knows its layout:
//
//   offset 0   UInt16  keys
//          8   a pointer for each child that fits: one more than keys
//          …   a key for each key that fits; key i is a lower bound of all in child i + 1,
//              and above all in child i

/// A pointer to an inner node, with the layout it was made by.
@unsafe struct InnerNode {
    let base: UnsafeMutableRawPointer
    let layout: BTreeLayout

    static func make(_ layout: BTreeLayout) -> InnerNode {
        let inner = unsafe InnerNode(
            base: RawMemory.allocate(byteCount: layout.innerByteCount), layout: layout)
        unsafe inner.count = 0
        return unsafe inner
    }

    /// Keys; there is one child more.
    var count: Int {
        get { Int(unsafe base.load(as: UInt16.self)) }
        nonmutating set {
            unsafe base.storeBytes(of: UInt16(truncatingIfNeeded: newValue), as: UInt16.self)
        }
    }

    var children: UnsafeMutablePointer<UnsafeMutableRawPointer> {
        unsafe (base + BTreeLayout.innerHeaderByteCount).assumingMemoryBound(
            to: UnsafeMutableRawPointer.self)
    }

    var keys: KeyBytes {
        unsafe KeyBytes(
            base: base + BTreeLayout.innerHeaderByteCount
                + (layout.innerCapacity &+ 1) &* BTreeLayout.childByteCount,
            width: layout.keyByteCount)
    }

    /// Which child a key belongs to.
    func childIndex(of key: UnsafeRawPointer) -> Int {
        unsafe keys.rank(of: key, count: count, orEqual: true)
    }

    /// Puts a child in front of the one at `index`, which becomes the one at `index + 1`, above
    /// the separator.
    func insert(_ child: UnsafeMutableRawPointer, separator: UnsafeRawPointer, before index: Int) {
        unsafe shiftUp(from: index)
        unsafe keys.set(index, separator)
        unsafe children[index] = child
    }

    /// Puts a child, all at or above the separator, behind the one at `index`.
    func insert(_ child: UnsafeMutableRawPointer, separator: UnsafeRawPointer, behind index: Int) {
        let own = unsafe children[index]
        unsafe shiftUp(from: index)
        unsafe keys.set(index, separator)
        unsafe children[index] = own
        unsafe children[index + 1] = child
    }

    /// Removes the key at `index` and the child above it.
    func removeChild(behind index: Int) {
        let count = unsafe count
        unsafe keys.move(from: index + 1, count: count - index - 1, to: keys, at: index)
        unsafe moveChildren(from: index + 2, count: count - index - 1, to: self, at: index + 1)
        unsafe self.count = count - 1
    }

    /// Copies children to another place or node, and leaves both counts as they are.
    func moveChildren(from start: Int, count: Int, to target: InnerNode, at index: Int) {
        guard count > 0 else { return }
        unsafe UnsafeMutableRawPointer(target.children + index).copyMemory(
            from: children + start, byteCount: count &* BTreeLayout.childByteCount)
    }

    /// Makes room for one key and one child at `index`.
    private func shiftUp(from index: Int) {
        let count = unsafe count
        unsafe keys.move(from: index, count: count - index, to: keys, at: index + 1)
        unsafe moveChildren(from: index, count: count + 1 - index, to: self, at: index + 1)
        unsafe self.count = count + 1
    }
}
