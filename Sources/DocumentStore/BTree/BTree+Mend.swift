// Mending a child with too few entries: merged with a neighbour when both fit well into one node,
// or else given some of the neighbour's entries.
extension BTree {
    /// After this, the child is as full as it has to be, or gone.
    mutating func mend(_ parent: InnerNode, at index: Int, level: Int) {
        // Every parent has at least two children: a root with one was replaced by its child.
        let left = unsafe index < parent.count ? index : index - 1
        if level == 1 {
            unsafe mendLeaves(parent, at: left)
        } else {
            unsafe mendInner(parent, at: left)
        }
    }

    /// Makes two neighbouring leaves equally full.
    mutating func balanceLeaves(_ parent: InnerNode, at index: Int) {
        let left = unsafe LeafNode(base: parent.children[index], layout: layout)
        let right = unsafe LeafNode(base: parent.children[index + 1], layout: layout)
        let leftCount = unsafe left.count
        let rightCount = unsafe right.count
        let kept = (leftCount + rightCount) / 2
        if kept > leftCount {
            let moved = kept - leftCount
            unsafe right.move(from: 0, count: moved, to: left, at: leftCount)
            unsafe right.move(from: moved, count: rightCount - moved, to: right, at: 0)
        } else {
            let moved = leftCount - kept
            unsafe right.move(from: 0, count: rightCount, to: right, at: moved)
            unsafe left.move(from: kept, count: moved, to: right, at: 0)
        }
        unsafe left.count = kept
        unsafe right.count = leftCount + rightCount - kept
        unsafe parent.keys.set(index, right.keys[0])
    }

    private mutating func mendLeaves(_ parent: InnerNode, at index: Int) {
        let left = unsafe LeafNode(base: parent.children[index], layout: layout)
        let right = unsafe LeafNode(base: parent.children[index + 1], layout: layout)
        let leftCount = unsafe left.count
        let rightCount = unsafe right.count
        // Not up to the brim: the next insertion would split it again.
        guard leftCount + rightCount <= layout.leafCapacity * 3 / 4 else {
            unsafe balanceLeaves(parent, at: index)
            return
        }
        unsafe right.move(from: 0, count: rightCount, to: left, at: leftCount)
        unsafe left.count = leftCount + rightCount
        unsafe right.unlink()
        if unsafe last == right.base { unsafe last = left.base }
        unsafe RawMemory.free(right.base)
        leafCount -= 1
        unsafe parent.removeChild(behind: index)
    }

    private mutating func mendInner(_ parent: InnerNode, at index: Int) {
        let left = unsafe InnerNode(base: parent.children[index], layout: layout)
        let right = unsafe InnerNode(base: parent.children[index + 1], layout: layout)
        let leftCount = unsafe left.count
        let rightCount = unsafe right.count
        guard leftCount + rightCount + 1 <= layout.innerCapacity * 3 / 4 else {
            unsafe balanceInner(parent, at: index, left, right)
            return
        }
        unsafe left.keys.set(leftCount, parent.keys[index])
        unsafe right.keys.move(from: 0, count: rightCount, to: left.keys, at: leftCount + 1)
        unsafe right.moveChildren(from: 0, count: rightCount + 1, to: left, at: leftCount + 1)
        unsafe left.count = leftCount + rightCount + 1
        unsafe RawMemory.free(right.base)
        innerCount -= 1
        unsafe parent.removeChild(behind: index)
    }

    /// Makes two neighbouring inner nodes equally full; keys wander through the parent.
    private func balanceInner(
        _ parent: InnerNode, at index: Int, _ left: InnerNode, _ right: InnerNode
    ) {
        let leftCount = unsafe left.count
        let rightCount = unsafe right.count
        let kept = (leftCount + rightCount) / 2
        if kept > leftCount {
            let moved = kept - leftCount
            unsafe left.keys.set(leftCount, parent.keys[index])
            unsafe right.keys.move(from: 0, count: moved - 1, to: left.keys, at: leftCount + 1)
            unsafe right.moveChildren(from: 0, count: moved, to: left, at: leftCount + 1)
            unsafe parent.keys.set(index, right.keys[moved - 1])
            unsafe right.keys.move(from: moved, count: rightCount - moved, to: right.keys, at: 0)
            unsafe right.moveChildren(
                from: moved, count: rightCount + 1 - moved, to: right, at: 0)
        } else if kept < leftCount {
            let moved = leftCount - kept
            unsafe right.keys.move(from: 0, count: rightCount, to: right.keys, at: moved)
            unsafe right.moveChildren(from: 0, count: rightCount + 1, to: right, at: moved)
            unsafe right.keys.set(moved - 1, parent.keys[index])
            unsafe left.keys.move(from: kept + 1, count: moved - 1, to: right.keys, at: 0)
            unsafe left.moveChildren(from: kept + 1, count: moved, to: right, at: 0)
            unsafe parent.keys.set(index, left.keys[kept])
        }
        unsafe left.count = kept
        unsafe right.count = leftCount + rightCount - kept
    }
}
