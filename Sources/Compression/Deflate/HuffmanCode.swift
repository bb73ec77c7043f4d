/// Makes a code of few bits for what is frequent, as deflate wants it: canonical, and of bounded
/// length (RFC 1951, section 3.2.2).
struct HuffmanCode: ~Copyable {
    private let bitCountMax: Int
    /// How often each symbol was counted, and which ones were: a short document has some forty of
    /// the 286 that there are.
    private let frequencies: Table<UInt32>
    private let counted: SymbolSet
    /// Of each symbol: how many bits, 0 if it doesn't occur; and the bits, in the order in which
    /// they are written, above them.
    let entries: Table<UInt32>
    /// The symbols that have a code.
    let coded: SymbolSet
    /// The symbols that occur, the rarest first, and what becomes of their frequencies.
    private let symbols: Table<UInt32>
    private let weights: Table<Int32>
    private let buckets = Table<UInt32>(repeating: 0, count: bucketCount + 1)
    private let bitCounts = Table<UInt32>(repeating: 0, count: 64)
    private let nextCodes = Table<UInt32>(repeating: 0, count: 17)

    /// The bits below an entry's code.
    static let bitCountMask: UInt32 = 31
    static let codeShift: UInt32 = 5
    private static let bucketCount = 64

    init(symbolCount: Int, bitCountMax: Int) {
        self.bitCountMax = bitCountMax
        counted = SymbolSet(symbolCount: symbolCount)
        coded = SymbolSet(symbolCount: symbolCount)
        frequencies = Table(repeating: 0, count: symbolCount)
        entries = Table(repeating: 0, count: symbolCount)
        symbols = Table(repeating: 0, count: symbolCount)
        weights = Table(repeating: 0, count: symbolCount)
    }

    @inline(__always)
    func count(_ symbol: Int) {
        frequencies[symbol] &+= 1
        counted.insert(symbol)
    }

    /// Forgets what was counted.
    func restart() {
        counted.forEach { symbol in frequencies[symbol] = 0 }
        counted.removeAll()
    }

    @inline(__always)
    func bitCount(_ symbol: Int) -> Int { Int(entries[symbol] & Self.bitCountMask) }

    /// About as many bits as all that was counted takes in the best of codes, and to say what that
    /// code is; seldom more than it really takes, and then by little.
    func estimatedBitCount(of count: Int) -> Int {
        let whole = Self.logarithm(UInt32(truncatingIfNeeded: max(1, count)))
        var (sum, symbolCount) = (0, 0)
        counted.forEach { symbol in
            let frequency = frequencies[symbol]
            sum &+= Int(frequency) &* (whole &- Self.logarithm(frequency))
            symbolCount &+= 1
        }
        return sum >> Self.fractionBitCount
            + min(symbolCount, Self.lengthCountMax) * Self.bitCountOfLength
    }

    /// What it takes to say the length of a symbol's code: seldom less, but where there are many,
    /// many are alike, and said together.
    static let bitCountOfLength = 4
    static let lengthCountMax = 64
    private static let fractionBitCount = 8

    /// To the base of 2, in 1/256ths: between two powers as if it were a straight line.
    private static func logarithm(_ number: UInt32) -> Int {
        let whole = UInt32(31 &- number.leadingZeroBitCount)
        let below = number &- (1 &<< whole)
        let fraction = (below &<< UInt32(fractionBitCount)) &>> whole
        return Int((whole &<< UInt32(fractionBitCount)) | fraction)
    }

    /// Makes the code of what was counted. Answers how many bits all symbols take.
    func build() -> Int {
        // Inflaters differ in what they make of a code with one symbol, or none; zlib, too, makes
        // it two. Which ones makes no difference.
        for symbol in 0..<2 where counted.count < 2 { count(symbol) }
        let count = sort()
        measure(count)
        bound(count)
        return assign(count)
    }

    /// Puts the symbols that occur in order. Nearly all occur a few times only: they are sorted by
    /// counting, and the others behind them by insertion.
    private func sort() -> Int {
        buckets.fill(0, count: Self.bucketCount + 1)
        counted.forEach { symbol in
            buckets[min(Int(frequencies[symbol]), Self.bucketCount)] &+= 1
        }
        var count: UInt32 = 0
        for bucket in 1...Self.bucketCount {
            let size = buckets[bucket]
            buckets[bucket] = count
            count &+= size
        }
        let last = Int(buckets[Self.bucketCount])
        counted.forEach { symbol in
            let frequency = frequencies[symbol]
            let bucket = min(Int(frequency), Self.bucketCount)
            let place = Int(buckets[bucket])
            buckets[bucket] &+= 1
            symbols[place] = UInt32(truncatingIfNeeded: symbol)
            weights[place] = Int32(truncatingIfNeeded: frequency)
        }
        for index in max(1, last)..<max(1, last, Int(count)) {
            let (symbol, weight) = (symbols[index], weights[index])
            var place = index
            while place > last, weights[place - 1] > weight {
                weights[place] = weights[place - 1]
                symbols[place] = symbols[place - 1]
                place -= 1
            }
            (symbols[place], weights[place]) = (symbol, weight)
        }
        return Int(count)
    }

    /// Turns the weights, which ascend, into numbers of bits, in place (Moffat and Katajainen:
    /// "In-place calculation of minimum-redundancy codes", 1995).
    private func measure(_ count: Int) {
        // First, the tree's inner nodes from the left on, each with its parent once it has one.
        weights[0] &+= weights[1]
        var (root, leaf) = (0, 2)
        for next in 1..<max(1, count - 1) {
            if leaf >= count || weights[root] < weights[leaf] {
                weights[next] = weights[root]
                weights[root] = Int32(truncatingIfNeeded: next)
                root += 1
            } else {
                weights[next] = weights[leaf]
                leaf += 1
            }
            if leaf >= count || (root < next && weights[root] < weights[leaf]) {
                weights[next] &+= weights[root]
                weights[root] = Int32(truncatingIfNeeded: next)
                root += 1
            } else {
                weights[next] &+= weights[leaf]
                leaf += 1
            }
        }
        // Then how deep each of them is, and last, of that, the leaves.
        weights[count - 2] = 0
        for node in stride(from: count - 3, through: 0, by: -1) {
            weights[node] = weights[Int(weights[node])] &+ 1
        }
        var (available, used, depth) = (1, 0, Int32(0))
        (root, leaf) = (count - 2, count - 1)
        while available > 0 {
            while root >= 0, weights[root] == depth {
                used += 1
                root -= 1
            }
            while available > used {
                weights[leaf] = depth
                leaf -= 1
                available -= 1
            }
            (available, used, depth) = (2 * used, 0, depth + 1)
        }
    }

    /// Cuts codes that are too long, and makes room for them by making shorter ones longer, so that
    /// the code stays complete: the numbers of codes of each length, then the lengths.
    private func bound(_ count: Int) {
        bitCounts.fill(0, count: bitCountMax + 1)
        var taken = 0
        for index in 0..<count {
            let bitCount = min(Int(weights[index]), bitCountMax)
            bitCounts[bitCount] &+= 1
            taken += 1 << (bitCountMax - bitCount)
        }
        guard taken > 1 << bitCountMax else { return }
        while taken > 1 << bitCountMax {
            bitCounts[bitCountMax] &-= 1
            var shorter = bitCountMax - 1
            while bitCounts[shorter] == 0 { shorter -= 1 }
            bitCounts[shorter] &-= 1
            bitCounts[shorter + 1] &+= 2
            taken -= 1
        }
        var index = 0
        for bitCount in stride(from: bitCountMax, to: 0, by: -1) {
            for _ in 0..<bitCounts[bitCount] {
                weights[index] = Int32(truncatingIfNeeded: bitCount)
                index += 1
            }
        }
    }

    /// Codes of each length ascend with the symbol.
    private func assign(_ count: Int) -> Int {
        coded.forEach { symbol in entries[symbol] = 0 }
        coded.replace(with: counted)
        for index in 0..<count {
            entries[Int(symbols[index])] = UInt32(truncatingIfNeeded: weights[index])
        }
        var code: UInt32 = 0
        for bitCount in 1...bitCountMax {
            nextCodes[bitCount] = code
            code = (code &+ bitCounts[bitCount]) &<< 1
        }
        var sum = 0
        coded.forEach { symbol in
            let bitCount = entries[symbol]
            let code = nextCodes[Int(bitCount)]
            nextCodes[Int(bitCount)] = code &+ 1
            entries[symbol] = Self.entry(code, bitCount)
            sum &+= Int(frequencies[symbol]) &* Int(bitCount)
        }
        return sum
    }

    /// Of a code of 15 bits at most: it is written from its highest bit on, and all else from the
    /// lowest.
    static func entry(_ code: UInt32, _ bitCount: UInt32) -> UInt32 {
        var bits = code
        bits = (bits & 0x5555) &<< 1 | (bits &>> 1) & 0x5555
        bits = (bits & 0x3333) &<< 2 | (bits &>> 2) & 0x3333
        bits = (bits & 0x0F0F) &<< 4 | (bits &>> 4) & 0x0F0F
        bits = (bits & 0x00FF) &<< 8 | (bits &>> 8) & 0x00FF
        return bitCount | (bits &>> (16 &- bitCount)) &<< codeShift
    }
}
