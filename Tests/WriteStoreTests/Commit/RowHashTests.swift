import Testing

@testable import WriteStore

@Suite struct RowHashTests {
    private func hash(_ blobs: [UInt8]...) -> UInt64 {
        var hash = RowHash()
        for blob in blobs { hash.add(blob) }
        return hash.value
    }

    @Test func `every bit of a blob of any length counts`() {
        for count in 0...40 {
            let blob = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            for bit in 0..<8 * count {
                var changed = blob
                changed[bit / 8] ^= 1 << (bit % 8)
                #expect(hash(changed) != hash(blob), "bit \(bit) of \(count) bytes")
            }
        }
    }

    @Test func `blobs are told from others in a row that hold the same bytes`() {
        #expect(hash([1], [2, 3]) != hash([1, 2], [3]))
        #expect(hash([], [0]) != hash([0], []))
        #expect(hash([0]) != hash([0, 0]))
    }

    /// What databases hold: another number, and all kept answers are damaged.
    @Test func `a row has the same hash in every release`() {
        #expect(hash([1, 2, 3], [4, 5, 6, 7, 8, 9, 10, 11, 12]) == 0xAFB7_7424_8A37_A8F9)
    }
}
