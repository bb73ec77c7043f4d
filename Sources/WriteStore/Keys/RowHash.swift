/// A checksum of what a row holds, the same in every process and release: FNV-1a, eight bytes at a
/// time. Each step can be undone, so that two rows that differ in one number, or in one byte of one
/// blob, never have the same.
struct RowHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ number: Int64) {
        value = (value ^ UInt64(bitPattern: number)) &* 0x0000_0100_0000_01B3
    }

    /// Behind its length, so that no two in a row are like two others.
    mutating func add(_ bytes: [UInt8]) {
        add(Int64(bytes.count))
        var word: UInt64 = 0
        for (index, byte) in bytes.enumerated() {
            word = word << 8 | UInt64(byte)
            guard index & 7 == 7 else { continue }
            add(Int64(bitPattern: word))
            // Folded in twice, the last word could cancel itself out.
            word = 0
        }
        add(Int64(bitPattern: word))
    }
}
