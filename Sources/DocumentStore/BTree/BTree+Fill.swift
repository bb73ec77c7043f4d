// Building a tree of entries that are all there, from left to right.
extension BTree {
    /// Fills an empty tree. O(entries).
    mutating func fill(with run: SortedRun) {
        let sizes = Self.sizes(run.count, layout)
        guard sizes.leaves > 0 else { return }
        var nodes: [Node] = []
        nodes.reserveCapacity(sizes.leaves)
        var place = 0
        for number in 0..<sizes.leaves {
            // An empty tree has its first leaf.
            let leaf = unsafe number == 0
                ? LeafNode(base: root, layout: layout) : LeafNode.make(layout)
            if number > 0 { unsafe LeafNode(base: last, layout: layout).link(behind: leaf) }
            unsafe last = leaf.base
            let share = Self.share(number, of: run.count, among: sizes.leaves)
            unsafe leaf.fill(with: run, from: place, count: share)
            unsafe nodes.append(Node(base: leaf.base, lowest: leaf.keys[0]))
            place += share
        }
        count = run.count
        leafCount = sizes.leaves
        for parentCount in sizes.inner {
            nodes = parents(of: nodes, count: parentCount)
            innerCount += parentCount
            height += 1
        }
        unsafe root = nodes[0].base
    }

    /// The memory of a tree that was filled with so many entries.
    static func byteCount(filledWith count: Int, _ layout: BTreeLayout) -> Int {
        let sizes = sizes(count, layout)
        return max(1, sizes.leaves) * RawMemory.byteCount(ofBlock: layout.leafByteCount)
            + sizes.inner.reduce(0, +) * RawMemory.byteCount(ofBlock: layout.innerByteCount)
    }

    @safe private struct Node {
        let base: UnsafeMutableRawPointer
        /// The lowest key below it.
        let lowest: UnsafeMutableRawPointer
    }

    private func parents(of nodes: [Node], count: Int) -> [Node] {
        var parents: [Node] = []
        parents.reserveCapacity(count)
        var place = 0
        for number in 0..<count {
            let inner = unsafe InnerNode.make(layout)
            let share = Self.share(number, of: nodes.count, among: count)
            for index in 0..<share {
                let node = nodes[place + index]
                unsafe inner.children[index] = node.base
                if index > 0 { unsafe inner.keys.set(index - 1, node.lowest) }
            }
            unsafe inner.count = share - 1
            unsafe parents.append(Node(base: inner.base, lowest: nodes[place].lowest))
            place += share
        }
        return parents
    }

    /// How many leaves there are, and inner nodes of each level, the root's last.
    private static func sizes(_ count: Int, _ layout: BTreeLayout) -> (leaves: Int, inner: [Int]) {
        let leaves = parts(count, of: filled(layout.leafCapacity))
        var inner: [Int] = []
        var below = leaves
        while below > 1 {
            below = parts(below, of: filled(layout.innerCapacity) + 1)
            inner.append(below)
        }
        return (leaves, inner)
    }

    /// An eighth stays free: the first entries to come would split full nodes into halves.
    private static func filled(_ capacity: Int) -> Int { capacity - capacity / 8 }

    private static func parts(_ count: Int, of size: Int) -> Int { (count + size - 1) / size }

    /// What the parts get that share evenly: none is poor unless it is the only one.
    private static func share(_ part: Int, of count: Int, among parts: Int) -> Int {
        count / parts + (part < count % parts ? 1 : 0)
    }
}

extension LeafNode {
    /// Fills an empty leaf with entries of a run.
    fileprivate func fill(with run: SortedRun, from place: Int, count: Int) {
        for index in 0..<count {
            unsafe keys.set(index, run.key(place + index))
            unsafe slots[index] = run.slot(place + index)
        }
        unsafe self.count = count
    }
}
