/// One block of a deflate stream, the only one of a short document: what it is made of, and how
/// that is written in the fewest bits (RFC 1951, section 3.2).
struct DeflateBlock: ~Copyable {
    /// Literals as they are; matches as `isMatch | (distance - 1) << 16 | bytes`.
    private let tokens: Table<UInt32>
    private var tokenCount = 0
    private var matchCount = 0
    private let literals = HuffmanCode(symbolCount: DeflateSymbol.literalCount, bitCountMax: 15)
    private let distances = HuffmanCode(symbolCount: DeflateSymbol.distanceCount, bitCountMax: 15)
    private var lengths = CodeLengths()
    private let fixed = FixedCode()
    /// What the tokens take in fixed codes, and what follows their codes.
    private var fixedBitCount = 0
    private var extraBitCount = 0

    private static let isMatch: UInt32 = 1 << 31

    /// - Parameter byteCountMax: of the document that it holds.
    init(byteCountMax: Int) {
        tokens = Table(repeating: 0, count: byteCountMax)
    }

    @inline(__always)
    mutating func append(_ literal: UInt8) {
        tokens[tokenCount] = UInt32(literal)
        tokenCount &+= 1
        literals.count(Int(literal))
        fixedBitCount &+= literal < 144 ? 8 : 9
    }

    @inline(__always)
    mutating func append(_ match: MatchFinder.Match) {
        let back = UInt32(truncatingIfNeeded: match.distance &- 1)
        tokens[tokenCount] =
            Self.isMatch | back &<< 16 | UInt32(truncatingIfNeeded: match.byteCount)
        tokenCount &+= 1
        matchCount &+= 1
        let length = DeflateSymbol(byteCount: match.byteCount)
        let distance = DeflateSymbol(distance: match.distance)
        literals.count(length.number)
        distances.count(distance.number)
        extraBitCount &+= length.extraBitCount &+ distance.extraBitCount
        fixedBitCount &+= (length.number < 280 ? 7 : 8) &+ 5
    }

    /// Writes the block, the last of its stream, in the shortest of its forms, and is empty again.
    ///
    /// - Parameter document: what its tokens stand for.
    mutating func finish(_ document: RawSpan, into writer: inout BitWriter) {
        literals.count(DeflateSymbol.endOfBlock)
        fixedBitCount += 7
        let ownBitCount = ownBitCount()
        // A stored block has its length, twice, and begins at a byte.
        if min(ownBitCount, fixedBitCount) + extraBitCount > 8 * (document.byteCount + 4) {
            writer.write(0b001, 3)
            writer.finishByte()
            let count = UInt64(document.byteCount)
            writer.write(count | (~count & 0xFFFF) << 16, 32)
            writer.write(document)
        } else if ownBitCount < fixedBitCount {
            writer.write(0b101, 3)
            lengths.write(into: &writer)
            write(literals.entries, distances.entries, into: &writer)
        } else {
            writer.write(0b011, 3)
            write(fixed.literals, fixed.distances, into: &writer)
        }
        literals.restart()
        distances.restart()
        (tokenCount, matchCount, fixedBitCount, extraBitCount) = (0, 0, 0, 0)
    }

    /// What the block takes in codes of its own, which have to be said first. They are made only if
    /// they may be worth it: of documents of some hundred bytes they seldom are, and making them
    /// takes as long as all the rest.
    private mutating func ownBitCount() -> Int {
        let estimate = CodeLengths.bitCountMin + literals.estimatedBitCount(of: tokenCount + 1)
            + distances.estimatedBitCount(of: matchCount)
        guard estimate < fixedBitCount else { return .max / 2 }
        let bitCount = literals.build() + distances.build()
        return bitCount + lengths.build(literals, distances)
    }

    private func write(
        _ literals: borrowing Table<UInt32>, _ distances: borrowing Table<UInt32>,
        into writer: inout BitWriter
    ) {
        for index in 0..<tokenCount {
            let token = tokens[index]
            guard token & Self.isMatch != 0 else {
                writer.write(entry: literals[Int(token)])
                continue
            }
            let length = DeflateSymbol(byteCount: Int(token & 0xFFFF))
            let distance = DeflateSymbol(distance: Int(token &>> 16 & 0x7FFF) &+ 1)
            writer.write(entry: literals[length.number], length.extra, length.extraBitCount)
            writer.write(
                entry: distances[distance.number], distance.extra, distance.extraBitCount)
        }
        writer.write(entry: literals[DeflateSymbol.endOfBlock])
    }
}

extension BitWriter {
    /// A symbol's code, and what follows it.
    @inline(__always)
    mutating func write(entry: UInt32, _ extra: UInt64 = 0, _ extraBitCount: Int = 0) {
        let bitCount = UInt64(entry & HuffmanCode.bitCountMask)
        let code = UInt64(entry &>> HuffmanCode.codeShift)
        write(code | extra &<< bitCount, Int(bitCount) &+ extraBitCount)
    }
}
