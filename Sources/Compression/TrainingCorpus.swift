/// Sample documents laid end to end, with the count of what they have in common.
struct TrainingCorpus {
    let bytes: [UInt8]
    /// The table's index of the short string that begins at each byte.
    private var slots: [UInt32]
    /// How many samples hold a string; 0 once a picked segment covers it. Strings that share a
    /// slot are counted together, which blurs the choice a little and keeps the table small.
    private var counts: [UInt32]

    /// The length of the strings that are counted. zlib can use 3 bytes, but only matches
    /// of 6 and more pay for a distance of 15 bits.
    private static let stringByteCount = 6
    /// How much is picked at once: about one repeated field or list element with its tag.
    private static let segmentByteCount = 48
    private static let slotBits = 18

    init(samples: [[UInt8]]) {
        let bytes = samples.flatMap(\.self)
        var slots = [UInt32](repeating: 0, count: bytes.count)
        var counts = [UInt32](repeating: 0, count: 1 << Self.slotBits)
        var lastSample = [UInt32](repeating: 0, count: 1 << Self.slotBits)
        var start = 0
        for (number, sample) in samples.enumerated() {
            let end = start + sample.count
            for at in start..<max(start, end - Self.stringByteCount + 1) {
                let slot = Self.slot(of: bytes, at: at)
                slots[at] = UInt32(slot)
                // Once a sample: what a document repeats within itself needs no dictionary.
                guard lastSample[slot] != UInt32(truncatingIfNeeded: number + 1) else { continue }
                lastSample[slot] = UInt32(truncatingIfNeeded: number + 1)
                counts[slot] += 1
            }
            start = end
        }
        // What only one sample has is worth nothing to the others.
        for slot in counts.indices where counts[slot] < 2 { counts[slot] = 0 }
        // Slot 0 marks the ends of samples, where no whole string begins.
        counts[0] = 0
        self.bytes = bytes
        self.slots = slots
        self.counts = counts
    }

    private static func slot(of bytes: [UInt8], at start: Int) -> Int {
        var value: UInt64 = 0
        for byte in bytes[start..<start + stringByteCount] { value = value << 8 | UInt64(byte) }
        // Fibonacci hashing: the high bits of a product with 2^64 divided by the golden ratio.
        return Int((value &* 0x9E37_79B9_7F4A_7C15) >> (64 - UInt64(slotBits)))
    }

    /// The segments to make a dictionary of, the most valuable first, at most `byteCountMax` bytes.
    mutating func pickSegments(byteCountMax: Int) -> [Range<Int>] {
        guard bytes.count >= Self.segmentByteCount else { return [] }
        let segmentCount = max(1, byteCountMax / Self.segmentByteCount)
        // The corpus is cut into as many stretches as segments are wanted, and the best of each is
        // taken, round after round: one linear pass instead of a search of everything for each.
        let stretchByteCount = max(bytes.count / segmentCount, 4 * Self.segmentByteCount)
        var picked: [(range: Range<Int>, score: Int)] = []
        var room = byteCountMax
        var found = true
        while room > 0, found {
            found = false
            for start in stride(from: 0, to: bytes.count, by: stretchByteCount) {
                let end = min(start + stretchByteCount, bytes.count)
                guard room > 0, let best = bestSegment(in: start..<end) else { continue }
                found = true
                let range = best.range.prefix(room)
                cover(range)
                picked.append((range.startIndex..<range.endIndex, best.score))
                room -= range.count
            }
        }
        return picked.sorted { ($0.score, $1.range.lowerBound) > ($1.score, $0.range.lowerBound) }
            .map(\.range)
    }

    /// The segment of a stretch that covers most, without what is worthless at its ends.
    private func bestSegment(in stretch: Range<Int>) -> (range: Range<Int>, score: Int)? {
        let stringCount = Self.segmentByteCount - Self.stringByteCount + 1
        var score = 0
        var best = (start: 0, score: 0)
        for at in stretch {
            score += Int(counts[Int(slots[at])])
            if at - stretch.lowerBound >= stringCount {
                score -= Int(counts[Int(slots[at - stringCount])])
            }
            if score > best.score { best = (at - stringCount + 1, score) }
        }
        guard best.score > 0 else { return nil }
        var range = max(best.start, stretch.lowerBound)..<best.start + stringCount
        while let first = range.first, counts[Int(slots[first])] == 0 { range.removeFirst() }
        while let last = range.last, counts[Int(slots[last])] == 0 { range.removeLast() }
        let end = min(range.upperBound + Self.stringByteCount - 1, bytes.count)
        return (range.lowerBound..<end, best.score)
    }

    private mutating func cover(_ range: Range<Int>) {
        for at in range.dropLast(Self.stringByteCount - 1) { counts[Int(slots[at])] = 0 }
    }
}
