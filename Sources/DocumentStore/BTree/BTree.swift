// An ordered index: keys of one fixed width, inline in the nodes, each leading to a slot. Leaves
// are chained in both directions. Insertion splits full nodes on its way down, removal mends poor
// ones on its way up, so every node but the root and a just begun outermost leaf is at least a
// third full, whatever was inserted and removed before.

/// One side's copy of an index. Plain memory: see `LeftRight` for who may touch it when.
@safe struct BTree {
    let layout: BTreeLayout
    var root: UnsafeMutableRawPointer
    /// The leaf with the highest keys.
    var last: UnsafeMutableRawPointer
    /// The root's level; 0 when it is a leaf.
    var height = 0
    var count = 0
    var leafCount = 1
    var innerCount = 0

    init(keyByteCount: Int) {
        layout = BTreeLayout(keyByteCount: keyByteCount)
        unsafe root = LeafNode.make(layout).base
        unsafe last = root
    }

    /// Adds an entry, and says whether it could: false when the key is there already.
    mutating func insert(_ key: UnsafeRawPointer, slot: UInt32) -> Bool {
        if unsafe append(key, slot: slot) { return true }
        if unsafe isFull(root, level: height) { growRoot() }
        var node = unsafe root
        for level in stride(from: height, to: 0, by: -1) {
            let inner = unsafe InnerNode(base: node, layout: layout)
            var index = unsafe inner.childIndex(of: key)
            if unsafe isFull(inner.children[index], level: level - 1) {
                unsafe makeRoom(in: inner, at: index, level: level, for: key)
                index = unsafe inner.childIndex(of: key)
            }
            unsafe node = inner.children[index]
        }
        let leaf = unsafe LeafNode(base: node, layout: layout)
        let index = unsafe leaf.rank(of: key, orEqual: false)
        if unsafe index < leaf.count && leaf.keys.equals(index, key) { return false }
        unsafe leaf.insert(key, slot: slot, at: index)
        count += 1
        return true
    }

    /// Adds an entry behind all others, without a way down, if that is its place and there is room
    /// in the last leaf. So it is with times, which ascend.
    private mutating func append(_ key: UnsafeRawPointer, slot: UInt32) -> Bool {
        let leaf = unsafe LeafNode(base: last, layout: layout)
        let end = unsafe leaf.count
        guard end > 0 && end < layout.leafCapacity,
            unsafe KeyBytes.precedes(leaf.keys[end - 1], key, width: layout.keyByteCount)
        else { return false }
        unsafe leaf.insert(key, slot: slot, at: end)
        count += 1
        return true
    }

    /// Removes an entry, and says whether it was there.
    mutating func remove(_ key: UnsafeRawPointer) -> Bool {
        guard unsafe remove(key, from: root, level: height) else { return false }
        count -= 1
        while unsafe height > 0 && InnerNode(base: root, layout: layout).count == 0 {
            let inner = unsafe InnerNode(base: root, layout: layout)
            unsafe root = inner.children[0]
            unsafe RawMemory.free(inner.base)
            innerCount -= 1
            height -= 1
        }
        return true
    }

    /// Gives an entry another key, and says whether that was free. Within its leaf, as a rule: most
    /// keys move by a little.
    mutating func move(
        _ old: UnsafeRawPointer, to new: UnsafeRawPointer, slot: UInt32
    ) -> Bool {
        var node = unsafe root
        for _ in 0..<height {
            let inner = unsafe InnerNode(base: node, layout: layout)
            unsafe node = inner.children[inner.childIndex(of: old)]
        }
        let leaf = unsafe LeafNode(base: node, layout: layout)
        let index = unsafe leaf.rank(of: old, orEqual: false)
        let place = unsafe leaf.rank(of: new, orEqual: false)
        // Between two keys of the leaf the new one keeps to what the nodes above say of it.
        guard unsafe index < leaf.count && leaf.keys.equals(index, old),
            unsafe place > 0 && place < leaf.count && !leaf.keys.equals(place, new)
        else {
            _ = unsafe remove(old)
            return unsafe insert(new, slot: slot)
        }
        unsafe leaf.remove(at: index)
        unsafe leaf.insert(new, slot: slot, at: place > index ? place - 1 : place)
        return true
    }

    /// Where the entries that come after a key begin; without `orEqual`, the entry of the key
    /// itself is among them.
    func cursor(after key: DocumentKey, orEqual: Bool) -> BTreeCursor {
        unsafe key.withUnsafeBytes { bytes in
            guard let key = bytes.baseAddress, bytes.count == layout.keyByteCount else {
                preconditionFailure("An index was searched for a key of another width.")
            }
            var node = unsafe root
            for _ in 0..<height {
                let inner = unsafe InnerNode(base: node, layout: layout)
                unsafe node = inner.children[inner.childIndex(of: key)]
            }
            let leaf = unsafe LeafNode(base: node, layout: layout)
            return unsafe BTreeCursor(leaf: leaf, index: leaf.rank(of: key, orEqual: orEqual))
        }
    }

    /// Frees all nodes.
    func destroy() {
        unsafe destroy(root, level: height)
    }

    var memoryByteCount: Int {
        leafCount * RawMemory.byteCount(ofBlock: layout.leafByteCount)
            + innerCount * RawMemory.byteCount(ofBlock: layout.innerByteCount)
    }

    /// How many entries (of a leaf) or keys (of an inner node) a node has.
    func count(of node: UnsafeMutableRawPointer, level: Int) -> Int {
        unsafe level == 0
            ? LeafNode(base: node, layout: layout).count
            : InnerNode(base: node, layout: layout).count
    }

    private func isFull(_ node: UnsafeMutableRawPointer, level: Int) -> Bool {
        unsafe count(of: node, level: level) == layout.capacity(ofLevel: level)
    }

    private mutating func growRoot() {
        let grown = unsafe InnerNode.make(layout)
        unsafe grown.children[0] = root
        unsafe root = grown.base
        innerCount += 1
        height += 1
    }

    private mutating func remove(
        _ key: UnsafeRawPointer, from node: UnsafeMutableRawPointer, level: Int
    ) -> Bool {
        if level == 0 {
            let leaf = unsafe LeafNode(base: node, layout: layout)
            let index = unsafe leaf.rank(of: key, orEqual: false)
            guard unsafe index < leaf.count && leaf.keys.equals(index, key) else { return false }
            unsafe leaf.remove(at: index)
            return true
        }
        let inner = unsafe InnerNode(base: node, layout: layout)
        let index = unsafe inner.childIndex(of: key)
        let child = unsafe inner.children[index]
        guard unsafe remove(key, from: child, level: level - 1) else { return false }
        if unsafe count(of: child, level: level - 1) < layout.countMin(ofLevel: level - 1) {
            unsafe mend(inner, at: index, level: level)
        }
        return true
    }

    private func destroy(_ node: UnsafeMutableRawPointer, level: Int) {
        if level > 0 {
            let inner = unsafe InnerNode(base: node, layout: layout)
            for index in unsafe 0...inner.count {
                unsafe destroy(inner.children[index], level: level - 1)
            }
        }
        unsafe RawMemory.free(node)
    }
}
