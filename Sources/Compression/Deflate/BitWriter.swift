/// Writes numbers of some bits each, the lowest bits first (RFC 1951, section 3.1.1).
struct BitWriter: ~Copyable {
    private let bytes: Table<UInt8>
    private(set) var byteCount = 0
    private var held: UInt64 = 0
    private var heldBitCount: UInt64 = 0

    /// - Parameter byteCountMax: of what is written until ``restart()``.
    init(byteCountMax: Int) {
        bytes = Table(repeating: 0, count: byteCountMax + 8)
    }

    mutating func restart() { (byteCount, held, heldBitCount) = (0, 0, 0) }

    /// At most 56 bits, of which the others are 0.
    @inline(__always)
    mutating func write(_ bits: UInt64, _ bitCount: Int) {
        held |= bits &<< heldBitCount
        heldBitCount &+= UInt64(truncatingIfNeeded: bitCount)
        bytes.set(held, at: byteCount)
        byteCount &+= Int(heldBitCount &>> 3)
        // Seven at most stay: with 56 more they are 63.
        held &>>= heldBitCount & ~7
        heldBitCount &= 7
    }

    /// Fills up the byte at hand.
    mutating func finishByte() {
        if heldBitCount > 0 { write(0, Int(8 - heldBitCount)) }
    }

    /// Whole bytes, the highest first, behind whole bytes.
    mutating func write(bigEndian number: UInt32) { write(UInt64(number.byteSwapped), 32) }

    /// Bytes as they are, behind whole bytes.
    mutating func write(_ span: RawSpan) {
        bytes.copy(span, at: byteCount)
        byteCount += span.byteCount
    }

    func finished() -> [UInt8] { bytes.prefix(byteCount) }
}
