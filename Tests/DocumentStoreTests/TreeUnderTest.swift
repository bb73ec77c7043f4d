@testable import DocumentStore

/// A B+tree with a life of its own, and its contents as arrays.
final class TreeUnderTest {
    private var tree: BTree

    init(keyByteCount: Int) {
        tree = BTree(keyByteCount: keyByteCount)
    }

    deinit {
        tree.destroy()
    }

    struct Entry: Equatable {
        let key: DocumentKey
        let slot: UInt32
    }

    var count: Int { tree.count }
    var memoryByteCount: Int { tree.memoryByteCount }
    var leafCount: Int { tree.leafCount }
    var leafCapacity: Int { tree.layout.leafCapacity }
    var height: Int { tree.height }

    /// Whether the tree knows its last leaf.
    var knowsItsLastLeaf: Bool {
        var node = unsafe tree.root
        for _ in 0..<tree.height {
            let inner = unsafe InnerNode(base: node, layout: tree.layout)
            unsafe node = inner.children[inner.count]
        }
        return unsafe node == tree.last
    }

    func fill(with run: SortedRun) { tree.fill(with: run) }

    // The key's bytes live through the call, and the tree copies them.
    func insert(_ key: DocumentKey, slot: UInt32) -> Bool {
        unsafe key.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return unsafe tree.insert(base, slot: slot)
        }
    }

    func remove(_ key: DocumentKey) -> Bool {
        unsafe key.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return false }
            return unsafe tree.remove(base)
        }
    }

    func move(_ old: DocumentKey, to new: DocumentKey, slot: UInt32) -> Bool {
        unsafe old.withUnsafeBytes { old in
            unsafe new.withUnsafeBytes { new in
                guard let old = old.baseAddress, let new = new.baseAddress else { return false }
                return unsafe tree.move(old, to: new, slot: slot)
            }
        }
    }

    /// At most `limit` entries behind a place, or in front of it.
    func entries(
        after key: DocumentKey, orEqual: Bool, descending: Bool, limit: Int = .max
    ) -> [Entry] {
        var cursor = unsafe tree.cursor(after: key, orEqual: orEqual)
        var entries: [Entry] = []
        while entries.count < limit,
            let entry = unsafe descending ? cursor.previous() : cursor.next()
        {
            let key = unsafe DocumentKey(
                copying: entry.key, byteCount: tree.layout.keyByteCount)
            unsafe entries.append(Entry(key: key, slot: entry.slot))
        }
        return entries
    }

    var all: [Entry] {
        let least = DocumentKey().bound(byteCount: tree.layout.keyByteCount, fill: 0)
        return entries(after: least, orEqual: false, descending: false)
    }
}
