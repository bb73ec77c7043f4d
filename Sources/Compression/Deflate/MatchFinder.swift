/// Finds where the bytes at hand have stood before: in the dictionary, or in the document so far.
///
/// As zlib does it, with a hash of four bytes instead of three: a head for each hash is the newest
/// position with it, and each position leads to the one before. Only, a document's positions are
/// taken out again behind it, the last first, each giving its head back what it was: so the
/// dictionary's are entered once, and a short document costs what it has itself.
struct MatchFinder: ~Copyable {
    /// The dictionary, the document, and room to read behind it.
    private let window: Table<UInt8>
    /// One more than the newest position with a hash; 0: there is none.
    private let heads = Table<UInt16>(repeating: 0, count: 1 << hashBitCount)
    /// What the head was before this position.
    private let chains: Table<UInt16>
    /// Where a document begins.
    let start: Int

    /// A match's bytes are found again `distance` before them.
    struct Match {
        var byteCount: Int
        var distance: Int
    }

    /// Found by a hash of as many bytes. Three from farther off take as many bits as themselves.
    static let byteCountMin = 4
    /// What deflate can say (RFC 1951, section 3.2.5).
    static let byteCountMax = 258
    static let distanceMax = 32_768
    private static let hashBitCount = 14
    /// How many positions are looked at for a match, and one that is long enough. zlib's level 4.
    private static let triesMax = 16
    private static let byteCountEnough = 32
    private static let slack = 8

    init(dictionary: [UInt8], documentByteCountMax: Int) {
        start = dictionary.count
        let byteCount = start + documentByteCountMax
        precondition(byteCount < 1 << 16, "positions have 16 bits")
        window = Table(repeating: 0, count: byteCount + Self.slack)
        chains = Table(repeating: 0, count: byteCount)
        unsafe window.copy(dictionary.span.bytes, at: 0)
        for position in 0..<max(0, start - Self.byteCountMin + 1) { enter(position) }
    }

    /// Takes a document to be looked through. Answers where it ends.
    func begin(_ document: RawSpan) -> Int {
        window.copy(document, at: start)
        return start + document.byteCount
    }

    subscript(position: Int) -> UInt8 { window[position] }

    /// The positions whose hash is that of bytes before `end`.
    static func hashed(until end: Int) -> Int { end - byteCountMin + 1 }

    /// Enters a position, which others behind it may then find.
    @inline(__always)
    func enter(_ position: Int) {
        let hash = hash(position)
        chains[position] = heads[hash]
        heads[hash] = UInt16(truncatingIfNeeded: position &+ 1)
    }

    /// Enters a position, and finds the longest match for what stands there before `end`; one of
    /// fewer than ``byteCountMin`` bytes is none.
    @inline(__always)
    func match(at position: Int, end: Int) -> Match {
        enter(position)
        var best = Match(byteCount: Self.byteCountMin - 1, distance: 0)
        let longest = min(Self.byteCountMax, end &- position)
        var candidate = Int(chains[position])
        var tries = Self.triesMax
        while candidate != 0, tries > 0 {
            let place = candidate &- 1
            guard position &- place <= Self.distanceMax else { break }
            // It is no better unless it has these four bytes, too.
            let last = best.byteCount &- 3
            if four(place &+ last) == four(position &+ last) {
                let count = commonByteCount(place, position, atMost: longest)
                if count > best.byteCount {
                    best = Match(byteCount: count, distance: position &- place)
                    if count >= Self.byteCountEnough || count == longest { break }
                }
            }
            candidate = Int(chains[place])
            tries &-= 1
        }
        return best
    }

    /// Takes the document's positions out, of which those before `end` were entered.
    func leave(until end: Int) {
        var position = end &- 1
        while position >= start {
            heads[hash(position)] = chains[position]
            position &-= 1
        }
    }

    @inline(__always)
    private func four(_ position: Int) -> UInt32 { window.number(at: position, as: UInt32.self) }

    /// Fibonacci hashing: the high bits of a product with 2^32 divided by the golden ratio.
    @inline(__always)
    private func hash(_ position: Int) -> Int {
        Int((four(position) &* 0x9E37_79B1) &>> (32 &- UInt32(Self.hashBitCount)))
    }

    @inline(__always)
    private func commonByteCount(_ place: Int, _ position: Int, atMost longest: Int) -> Int {
        var count = 0
        while count < longest {
            let difference = window.number(at: place &+ count, as: UInt64.self)
                ^ window.number(at: position &+ count, as: UInt64.self)
            if difference != 0 {
                return min(longest, count &+ difference.trailingZeroBitCount &>> 3)
            }
            count &+= 8
        }
        return longest
    }
}
