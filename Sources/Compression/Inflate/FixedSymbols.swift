/// What the codes that deflate has without saying them stand for (RFC 1951, sections 3.2.5 and
/// 3.2.6), by the bits that come next.
struct FixedSymbols {
    /// A symbol: what it is, and how to go on.
    struct Entry {
        private let bits: UInt32

        enum Kind: UInt32 {
            case literal, match, end
            /// None that deflate knows.
            case none
        }

        fileprivate init(_ kind: Kind, codeBitCount: Int, extraBitCount: Int = 0, value: Int = 0) {
            bits = kind.rawValue << 30 | UInt32(value) << 8 | UInt32(extraBitCount) << 4
                | UInt32(codeBitCount)
        }

        @inline(__always)
        var kind: Kind { Kind(rawValue: bits &>> 30) ?? .none }
        @inline(__always)
        var codeBitCount: Int { Int(bits & 15) }
        /// How many bits behind the code are added to the value.
        @inline(__always)
        var extraBitCount: Int { Int(bits &>> 4 & 15) }
        /// A byte, or the least length or distance.
        @inline(__always)
        var value: Int { Int(bits &>> 8 & 0xFFFF) }
    }

    /// By nine bits, the longest code.
    let literals = Self.literals
    /// By five bits.
    let distances = Self.distances

    static let literalBitCount = 9
    static let distanceBitCount = 5

    private static let literals: [Entry] = {
        let code = FixedCode()
        var values: [Int: (least: Int, extraBitCount: Int)] = [:]
        for byteCount in (3...258).reversed() {
            let symbol = DeflateSymbol(byteCount: byteCount)
            values[symbol.number] = (byteCount, symbol.extraBitCount)
        }
        return table(code.literals, bitCount: literalBitCount) { symbol, codeBitCount in
            if symbol < DeflateSymbol.endOfBlock {
                return Entry(.literal, codeBitCount: codeBitCount, value: symbol)
            }
            guard let (least, extraBitCount) = values[symbol] else {
                return Entry(.end, codeBitCount: codeBitCount)
            }
            return Entry(
                .match, codeBitCount: codeBitCount, extraBitCount: extraBitCount, value: least)
        }
    }()

    private static let distances: [Entry] = {
        let code = FixedCode()
        return table(code.distances, bitCount: distanceBitCount) { symbol, codeBitCount in
            let extraBitCount = max(0, symbol / 2 - 1)
            let least = symbol < 2 ? symbol : (2 + symbol % 2) << extraBitCount
            return Entry(
                .match, codeBitCount: codeBitCount, extraBitCount: extraBitCount, value: least + 1)
        }
    }()

    /// What begins with a symbol's code stands for the symbol.
    private static func table(
        _ code: borrowing Table<UInt32>, bitCount: Int, _ entry: (Int, Int) -> Entry
    ) -> [Entry] {
        var table = [Entry](repeating: Entry(.none, codeBitCount: 0), count: 1 << bitCount)
        for symbol in 0..<code.count {
            let codeBitCount = Int(code[symbol] & HuffmanCode.bitCountMask)
            let first = Int(code[symbol] >> HuffmanCode.codeShift)
            for bits in stride(from: first, to: 1 << bitCount, by: 1 << codeBitCount) {
                table[bits] = entry(symbol, codeBitCount)
            }
        }
        return table
    }
}
