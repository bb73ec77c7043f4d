/// A block of numbers of one kind, checked at each access: what the deflater works in, without the
/// reference counts and the copies of arrays.
@safe struct Table<Element: BitwiseCopyable>: ~Copyable {
    // The table's own until it goes.
    private let base: UnsafeMutablePointer<Element>
    let count: Int

    init(repeating element: Element, count: Int) {
        unsafe base = .allocate(capacity: count)
        unsafe base.initialize(repeating: element, count: count)
        self.count = count
    }

    deinit { unsafe base.deallocate() }

    subscript(index: Int) -> Element {
        @inline(__always) get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "outside of a table")
            return unsafe base[index]
        }
        @inline(__always) nonmutating set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "outside of a table")
            unsafe base[index] = newValue
        }
    }

    /// Sets the first `count` elements.
    func fill(_ element: Element, count: Int) {
        precondition(count >= 0 && count <= self.count, "outside of a table")
        unsafe base.update(repeating: element, count: count)
    }
}

extension Table<UInt8> {
    /// A number that stands at any place, its lowest byte first.
    @inline(__always)
    func number<Number: FixedWidthInteger & BitwiseCopyable>(
        at index: Int, as type: Number.Type
    ) -> Number {
        precondition(
            index >= 0 && index &+ MemoryLayout<Number>.size <= count, "outside of a table")
        return Number(
            littleEndian: unsafe UnsafeRawPointer(base + index).loadUnaligned(as: Number.self))
    }

    /// Puts a number at any place, its lowest byte first.
    @inline(__always)
    func set(_ number: some FixedWidthInteger & BitwiseCopyable, at index: Int) {
        precondition(
            index >= 0 && index &+ number.bitWidth / 8 <= count, "outside of a table")
        unsafe UnsafeMutableRawPointer(base + index).storeBytes(
            of: number.littleEndian, as: type(of: number))
    }

    func copy(_ bytes: RawSpan, at index: Int) {
        precondition(index >= 0 && bytes.byteCount <= count - index, "outside of a table")
        unsafe bytes.withUnsafeBytes { bytes in
            guard let source = bytes.baseAddress else { return }
            unsafe UnsafeMutableRawPointer(base + index).copyMemory(
                from: source, byteCount: bytes.count)
        }
    }

    /// The first `count` elements.
    func prefix(_ count: Int) -> [UInt8] {
        precondition(count >= 0 && count <= self.count, "outside of a table")
        return unsafe Array(UnsafeBufferPointer(start: base, count: count))
    }
}
