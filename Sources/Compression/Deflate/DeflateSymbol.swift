/// A match's length or distance as deflate says it: a symbol, and some bits that follow its code as
/// they are (RFC 1951, section 3.2.5).
struct DeflateSymbol {
    let number: Int
    let extra: UInt64
    let extraBitCount: Int

    static let endOfBlock = 256
    static let literalCount = 286
    static let distanceCount = 30

    /// A length: 3 to 258 bytes.
    @inline(__always)
    init(byteCount: Int) {
        let more = UInt64(truncatingIfNeeded: byteCount &- 3)
        if byteCount == MatchFinder.byteCountMax {
            (number, extra, extraBitCount) = (285, 0, 0)
        } else if more < 8 {
            (number, extra, extraBitCount) = (257 &+ Int(more), 0, 0)
        } else {
            // Four symbols for each number of extra bits.
            extraBitCount = 61 &- more.leadingZeroBitCount
            number = 257 &+ 4 &* extraBitCount &+ Int(more &>> UInt64(extraBitCount))
            extra = more & (1 &<< UInt64(extraBitCount) &- 1)
        }
    }

    /// A distance: 1 to 32,768 bytes back.
    @inline(__always)
    init(distance: Int) {
        let more = UInt64(truncatingIfNeeded: distance &- 1)
        if more < 4 {
            (number, extra, extraBitCount) = (Int(more), 0, 0)
        } else {
            // Two symbols for each number of extra bits.
            extraBitCount = 62 &- more.leadingZeroBitCount
            number = 2 &* extraBitCount &+ Int(more &>> UInt64(extraBitCount))
            extra = more & (1 &<< UInt64(extraBitCount) &- 1)
        }
    }
}

/// The codes that deflate has without saying them (RFC 1951, section 3.2.6), as entries of a
/// ``HuffmanCode``.
struct FixedCode: ~Copyable {
    let literals = Table<UInt32>(repeating: 0, count: DeflateSymbol.literalCount)
    let distances = Table<UInt32>(repeating: 0, count: DeflateSymbol.distanceCount)

    init() {
        for symbol in 0..<literals.count {
            let number = UInt32(symbol)
            let (bitCount, code): (UInt32, UInt32) =
                switch symbol {
                case ..<144: (8, 0x30 + number)
                case ..<256: (9, 0x190 + number - 144)
                case ..<280: (7, number - 256)
                default: (8, 0xC0 + number - 280)
                }
            literals[symbol] = HuffmanCode.entry(code, bitCount)
        }
        for symbol in 0..<distances.count {
            distances[symbol] = HuffmanCode.entry(UInt32(symbol), 5)
        }
    }
}
