/// How the nodes of one B+tree divide their memory; follows from the width of its keys.
///
/// A leaf fills a kibibyte, an inner node two: a search touches few of them, and an insertion
/// moves little memory.
struct BTreeLayout: Sendable {
    let keyByteCount: Int
    /// The most entries of a leaf: 18 or more.
    let leafCapacity: Int
    /// The most keys of an inner node, which has one child more: 36 or more.
    let innerCapacity: Int

    static let leafHeaderByteCount = 24
    static let innerHeaderByteCount = 8
    static let slotByteCount = 4
    static let childByteCount = 8

    init(keyByteCount: Int) {
        self.keyByteCount = keyByteCount
        leafCapacity = (1016 - Self.leafHeaderByteCount) / (keyByteCount + Self.slotByteCount)
        innerCapacity =
            (2040 - Self.innerHeaderByteCount - Self.childByteCount)
            / (keyByteCount + Self.childByteCount)
    }

    var leafByteCount: Int {
        Self.leafHeaderByteCount + leafCapacity * (keyByteCount + Self.slotByteCount)
    }

    var innerByteCount: Int {
        Self.innerHeaderByteCount + Self.childByteCount
            + innerCapacity * (keyByteCount + Self.childByteCount)
    }

    /// A node with fewer entries is merged with a neighbour, or gets some of its entries.
    func countMin(ofLevel level: Int) -> Int {
        capacity(ofLevel: level) / 3
    }

    /// Level 0 are the leaves.
    func capacity(ofLevel level: Int) -> Int {
        level == 0 ? leafCapacity : innerCapacity
    }
}
