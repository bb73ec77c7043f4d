/// A place between two entries of an index, which walks in either direction.
///
/// Valid as long as nobody changes the tree: that is, for a reader, until it unpins.
@unsafe struct BTreeCursor {
    private var leaf: LeafNode
    /// Of the entry behind the place.
    private var index: Int

    init(leaf: LeafNode, index: Int) {
        unsafe self.leaf = unsafe leaf
        unsafe self.index = index
    }

    /// An entry of the tree; the key has the index's width.
    @unsafe struct Entry {
        let key: UnsafeRawPointer
        let slot: UInt32
    }

    /// Steps over the entry behind the place; `nil` at the end of the index.
    mutating func next() -> Entry? {
        while unsafe index >= leaf.count {
            guard let next = unsafe leaf.next else { return nil }
            unsafe leaf = LeafNode(base: next, layout: leaf.layout)
            unsafe index = 0
        }
        let entry = unsafe Entry(key: leaf.keys[index], slot: leaf.slots[index])
        unsafe index &+= 1
        return unsafe entry
    }

    /// Steps back over the entry in front of the place; `nil` at the start of the index.
    mutating func previous() -> Entry? {
        while unsafe index == 0 {
            guard let previous = unsafe leaf.previous else { return nil }
            unsafe leaf = LeafNode(base: previous, layout: leaf.layout)
            unsafe index = unsafe leaf.count
        }
        unsafe index &-= 1
        return unsafe Entry(key: leaf.keys[index], slot: leaf.slots[index])
    }
}
