/// How a block says what its own codes are: by the number of bits of each symbol, runs of the same
/// number shortened, and all of it in a code of its own (RFC 1951, section 3.2.7).
struct CodeLengths: ~Copyable {
    private let code = HuffmanCode(symbolCount: 19, bitCountMax: 7)
    /// A number of bits, or how to repeat one; how often, above it.
    private let runs = Table<UInt16>(
        repeating: 0, count: DeflateSymbol.literalCount + DeflateSymbol.distanceCount)
    private var runCount = 0
    /// The last one, which may yet grow.
    private var run = (bitCount: 0, count: 0)
    private var extraBitCount = 0
    private var literalCount = 0
    private var distanceCount = 0
    private var orderCount = 0

    /// What it takes at least, the lengths themselves aside.
    static let bitCountMin = 5 + 5 + 4 + 3 * 12

    /// The order in which the numbers of bits of this code itself are written.
    private static let order: InlineArray<19, Int> = [
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    ]

    /// Takes the codes. Answers how many bits it takes to say them.
    mutating func build(
        _ literals: borrowing HuffmanCode, _ distances: borrowing HuffmanCode
    ) -> Int {
        (runCount, extraBitCount) = (0, 0)
        code.restart()
        literalCount = append(literals, countMin: 257)
        distanceCount = append(distances, countMin: 1)
        finishRun()
        let bitCount = code.build()
        orderCount = Self.order.count
        while orderCount > 4, code.bitCount(Self.order[orderCount - 1]) == 0 { orderCount -= 1 }
        return 5 + 5 + 4 + 3 * orderCount + bitCount + extraBitCount
    }

    /// Adds the codes' numbers of bits, and answers how many symbols they are of. Runs may go on
    /// from the one to the other.
    private mutating func append(_ own: borrowing HuffmanCode, countMin: Int) -> Int {
        var count = 0
        own.coded.forEach { symbol in
            append(0, times: symbol - count)
            append(own.bitCount(symbol), times: 1)
            count = symbol + 1
        }
        append(0, times: countMin - count)
        return max(count, countMin)
    }

    private mutating func append(_ bitCount: Int, times count: Int) {
        guard count > 0 else { return }
        if bitCount != run.bitCount {
            finishRun()
            run.bitCount = bitCount
        }
        run.count += count
    }

    /// So many symbols in a row have so many bits.
    private mutating func finishRun() {
        let bitCount = run.bitCount
        var left = run.count
        run.count = 0
        if bitCount == 0 {
            while left >= 11 {
                let part = min(left, 138)
                append(18, extra: part - 11, bitCount: 7)
                left -= part
            }
            if left >= 3 {
                append(17, extra: left - 3, bitCount: 3)
                left = 0
            }
        } else if left > 3 {
            append(bitCount, extra: 0, bitCount: 0)
            left -= 1
            while left >= 3 {
                let part = min(left, 6)
                append(16, extra: part - 3, bitCount: 2)
                left -= part
            }
        }
        for _ in 0..<left { append(bitCount, extra: 0, bitCount: 0) }
    }

    private mutating func append(_ symbol: Int, extra: Int, bitCount: Int) {
        code.count(symbol)
        runs[runCount] = UInt16(truncatingIfNeeded: extra << 5 | symbol)
        runCount += 1
        extraBitCount += bitCount
    }

    func write(into writer: inout BitWriter) {
        writer.write(UInt64(literalCount - 257), 5)
        writer.write(UInt64(distanceCount - 1), 5)
        writer.write(UInt64(orderCount - 4), 4)
        for index in 0..<orderCount {
            writer.write(UInt64(code.bitCount(Self.order[index])), 3)
        }
        for index in 0..<runCount {
            let symbol = Int(runs[index] & 31)
            let extraBitCount = symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7
            writer.write(entry: code.entries[symbol], UInt64(runs[index] >> 5), extraBitCount)
        }
    }
}
