/// SipHash-1-3: a keyed hash that stays unpredictable to somebody who chooses what is hashed.
///
/// Document keys come from clients. Without a secret, a client could choose ids that all fall
/// into one place of the hash index and make each look-up walk them all.
struct SipHash: Sendable {
    private let key0: UInt64
    private let key1: UInt64

    /// A fixed key; for checksums, where nobody is kept from guessing.
    init(key0: UInt64, key1: UInt64) {
        self.key0 = key0
        self.key1 = key1
    }

    /// A secret key from the system's generator.
    static func random() -> SipHash {
        var generator = SystemRandomNumberGenerator()
        return SipHash(key0: generator.next(), key1: generator.next())
    }

    func hash(_ key: DocumentKey) -> UInt64 {
        unsafe key.withUnsafeBytes { unsafe hash($0) }
    }

    func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = State(key0, key1)
        var offset = 0
        while offset &+ 8 <= bytes.count {
            let word = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            state.absorb(UInt64(littleEndian: word))
            offset &+= 8
        }
        var last = UInt64(truncatingIfNeeded: bytes.count) << 56
        var shift: UInt64 = 0
        while offset < bytes.count {
            last |= UInt64(unsafe bytes[offset]) << shift
            shift &+= 8
            offset &+= 1
        }
        state.absorb(last)
        return state.finish()
    }

    /// The algorithm's four words, as in the paper of Aumasson and Bernstein.
    private struct State {
        private var v0: UInt64
        private var v1: UInt64
        private var v2: UInt64
        private var v3: UInt64

        init(_ key0: UInt64, _ key1: UInt64) {
            v0 = key0 ^ 0x736f_6d65_7073_6575
            v1 = key1 ^ 0x646f_7261_6e64_6f6d
            v2 = key0 ^ 0x6c79_6765_6e65_7261
            v3 = key1 ^ 0x7465_6462_7974_6573
        }

        mutating func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            v0 ^= word
        }

        mutating func finish() -> UInt64 {
            v2 ^= 0xff
            round()
            round()
            round()
            return v0 ^ v1 ^ v2 ^ v3
        }

        private mutating func round() {
            v0 = v0 &+ v1
            v1 = rotated(v1, 13) ^ v0
            v0 = rotated(v0, 32)
            v2 = v2 &+ v3
            v3 = rotated(v3, 16) ^ v2
            v0 = v0 &+ v3
            v3 = rotated(v3, 21) ^ v0
            v2 = v2 &+ v1
            v1 = rotated(v1, 17) ^ v2
            v2 = rotated(v2, 32)
        }

        private func rotated(_ word: UInt64, _ bitCount: UInt64) -> UInt64 {
            word << bitCount | word >> (64 &- bitCount)
        }
    }
}
