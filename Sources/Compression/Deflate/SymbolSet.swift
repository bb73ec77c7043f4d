/// Which symbols of an alphabet there are, a bit for each.
struct SymbolSet: ~Copyable {
    private let words: Table<UInt64>

    init(symbolCount: Int) {
        words = Table(repeating: 0, count: (symbolCount + 63) / 64)
    }

    @inline(__always)
    func insert(_ symbol: Int) {
        words[symbol &>> 6] |= 1 &<< UInt64(symbol & 63)
    }

    func removeAll() { words.fill(0, count: words.count) }

    func replace(with other: borrowing SymbolSet) {
        for index in 0..<words.count { words[index] = other.words[index] }
    }

    var count: Int {
        var count = 0
        for index in 0..<words.count { count &+= words[index].nonzeroBitCount }
        return count
    }

    /// In ascending order.
    @inline(__always)
    func forEach(_ body: (Int) -> Void) {
        for index in 0..<words.count {
            var word = words[index]
            while word != 0 {
                body(index &<< 6 | word.trailingZeroBitCount)
                word &= word &- 1
            }
        }
    }
}
