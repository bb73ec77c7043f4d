// Comparing and moving keys of one fixed width in raw memory.

/// A run of keys of the same width inside a node.
@unsafe struct KeyBytes {
    let base: UnsafeMutableRawPointer
    let width: Int

    subscript(index: Int) -> UnsafeMutableRawPointer {
        unsafe base + index &* width
    }

    func set(_ index: Int, _ key: UnsafeRawPointer) {
        unsafe self[index].copyMemory(from: key, byteCount: width)
    }

    /// Moves keys within this run, which may overlap, or to the run of another node.
    func move(from start: Int, count: Int, to target: KeyBytes, at index: Int) {
        unsafe target[index].copyMemory(from: self[start], byteCount: count &* width)
    }

    /// How many of the first `count` keys, which ascend, come before a key; with `orEqual`, also
    /// the one that equals it.
    func rank(of key: UnsafeRawPointer, count: Int, orEqual: Bool) -> Int {
        var low = 0
        var remaining = count
        while remaining > 0 {
            let half = remaining &>> 1
            let middle = unsafe UnsafeRawPointer(self[low &+ half])
            let isBefore =
                if orEqual {
                    unsafe !Self.precedes(key, middle, width: width)
                } else {
                    unsafe Self.precedes(middle, key, width: width)
                }
            if isBefore {
                low &+= half &+ 1
                remaining &-= half &+ 1
            } else {
                remaining = half
            }
        }
        return low
    }

    func equals(_ index: Int, _ key: UnsafeRawPointer) -> Bool {
        let own = unsafe UnsafeRawPointer(self[index])
        return unsafe !Self.precedes(own, key, width: width)
            && !Self.precedes(key, own, width: width)
    }

    /// Whether the bytes of one key come before those of another.
    ///
    /// Eight bytes at a time; the last eight overlap what was already found equal.
    @inline(__always)
    static func precedes(
        _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, width: Int
    ) -> Bool {
        var offset = 0
        while offset &+ 8 <= width {
            let leftWord = unsafe word(left, offset)
            let rightWord = unsafe word(right, offset)
            if leftWord != rightWord { return leftWord < rightWord }
            offset &+= 8
        }
        if width >= 8 { return unsafe word(left, width &- 8) < word(right, width &- 8) }
        while offset < width {
            let leftByte = unsafe left.load(fromByteOffset: offset, as: UInt8.self)
            let rightByte = unsafe right.load(fromByteOffset: offset, as: UInt8.self)
            if leftByte != rightByte { return leftByte < rightByte }
            offset &+= 1
        }
        return false
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        UInt64(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
