/// Reads numbers of some bits each, the lowest bits first (RFC 1951, section 3.1.1).
///
/// Holds no bytes itself. Behind the last byte it reads zeros, and then it is ``isOverdrawn``.
struct BitReader {
    private var held: UInt64 = 0
    private var heldBitCount = 0
    private var position = 0

    /// More was read than there is: what was read means nothing.
    @inline(__always)
    var isOverdrawn: Bool { heldBitCount < 0 }

    /// How many bytes were begun.
    @inline(__always)
    var byteCount: Int { position &- heldBitCount &>> 3 }

    /// Takes in as much as it can hold: 56 bits can be read then, unless the bytes end.
    ///
    /// - Precondition: it isn't overdrawn.
    @inline(__always)
    mutating func refill(from bytes: RawSpan) {
        if position &+ 8 <= bytes.byteCount {
            let word = UInt64(
                littleEndian: unsafe bytes.unsafeLoadUnaligned(
                    fromByteOffset: position, as: UInt64.self))
            // The bits above those that are counted are those of the bytes that come next, so that
            // taking them in again changes nothing.
            held |= word &<< UInt64(truncatingIfNeeded: heldBitCount)
            let taken = (63 &- heldBitCount) &>> 3
            position &+= taken
            heldBitCount &+= taken &<< 3
        } else {
            while heldBitCount < 56, position < bytes.byteCount {
                let byte = unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
                held |= UInt64(byte) &<< UInt64(truncatingIfNeeded: heldBitCount)
                position &+= 1
                heldBitCount &+= 8
            }
        }
    }

    /// The next bits, which stay; the others are those that follow.
    @inline(__always)
    var next: UInt64 { held }

    /// Leaves out bits.
    @inline(__always)
    mutating func drop(_ bitCount: Int) {
        held &>>= UInt64(truncatingIfNeeded: bitCount)
        heldBitCount &-= bitCount
    }

    /// The next bits, 32 at most.
    @inline(__always)
    mutating func take(_ bitCount: Int) -> Int {
        let bits = held & (1 &<< UInt64(truncatingIfNeeded: bitCount) &- 1)
        drop(bitCount)
        return Int(truncatingIfNeeded: bits)
    }

    /// Leaves out what is left of the byte at hand.
    mutating func finishByte() { drop(heldBitCount & 7) }

    /// Leaves out whole bytes, behind whole bytes.
    mutating func skip(byteCount: Int) {
        position = self.byteCount + byteCount
        (held, heldBitCount) = (0, 0)
    }
}
