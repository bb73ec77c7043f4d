// Making room in a full child on the way down. The parent has room itself: it was the child one
// step before.
extension BTree {
    /// After this, the child that the key belongs to has room.
    mutating func makeRoom(
        in parent: InnerNode, at index: Int, level: Int, for key: UnsafeRawPointer
    ) {
        guard level == 1 else {
            unsafe splitInner(parent, at: index)
            return
        }
        let leaf = unsafe LeafNode(base: parent.children[index], layout: layout)
        if unsafe leaf.next == nil && leaf.rank(of: key, orEqual: false) == leaf.count {
            // Keys that only ever ascend fill the leaves completely.
            unsafe insertLeaf(into: parent, behind: index, leaf: leaf, separator: key)
        } else if unsafe leaf.previous == nil && leaf.rank(of: key, orEqual: false) == 0 {
            // So do keys that only ever descend.
            unsafe insertLeaf(into: parent, before: index, leaf: leaf)
        } else if unsafe index < parent.count && isRoomy(parent.children[index + 1]) {
            unsafe balanceLeaves(parent, at: index)
        } else if unsafe index > 0 && isRoomy(parent.children[index - 1]) {
            unsafe balanceLeaves(parent, at: index - 1)
        } else {
            unsafe splitLeaf(parent, at: index)
        }
    }

    /// Whether a leaf can take enough of a full neighbour's entries to be worth the move.
    private func isRoomy(_ node: UnsafeMutableRawPointer) -> Bool {
        unsafe LeafNode(base: node, layout: layout).count <= layout.leafCapacity * 3 / 4
    }

    private mutating func insertLeaf(
        into parent: InnerNode, behind index: Int, leaf: LeafNode, separator: UnsafeRawPointer
    ) {
        let added = unsafe LeafNode.make(layout)
        leafCount += 1
        unsafe leaf.link(behind: added)
        unsafe last = added.base
        unsafe parent.insert(added.base, separator: separator, behind: index)
    }

    private mutating func insertLeaf(into parent: InnerNode, before index: Int, leaf: LeafNode) {
        let added = unsafe LeafNode.make(layout)
        leafCount += 1
        unsafe added.next = leaf.base
        unsafe leaf.previous = added.base
        unsafe parent.insert(added.base, separator: leaf.keys[0], before: index)
    }

    private mutating func splitLeaf(_ parent: InnerNode, at index: Int) {
        let left = unsafe LeafNode(base: parent.children[index], layout: layout)
        let right = unsafe LeafNode.make(layout)
        leafCount += 1
        let kept = unsafe left.count / 2
        let moved = unsafe left.count - kept
        unsafe left.move(from: kept, count: moved, to: right, at: 0)
        unsafe left.count = kept
        unsafe right.count = moved
        unsafe left.link(behind: right)
        if unsafe last == left.base { unsafe last = right.base }
        unsafe parent.insert(right.base, separator: right.keys[0], behind: index)
    }

    /// The middle key moves up to the parent.
    private mutating func splitInner(_ parent: InnerNode, at index: Int) {
        let left = unsafe InnerNode(base: parent.children[index], layout: layout)
        let right = unsafe InnerNode.make(layout)
        innerCount += 1
        let kept = unsafe left.count / 2
        let moved = unsafe left.count - kept - 1
        unsafe left.keys.move(from: kept + 1, count: moved, to: right.keys, at: 0)
        unsafe left.moveChildren(from: kept + 1, count: moved + 1, to: right, at: 0)
        unsafe left.count = kept
        unsafe right.count = moved
        unsafe parent.insert(right.base, separator: left.keys[kept], behind: index)
    }
}
