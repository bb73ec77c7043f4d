import Testing

@testable import Projection

@Suite struct SampleRingTests {
    @Test func `large documents take no more memory than small ones`() {
        var ring = SampleRing(countMax: 2_000)
        let document = [UInt8](repeating: 7, count: 1 << 20)
        for _ in 0..<3_000 {
            ring.add(document)
            #expect(ring.byteCount <= SampleRing.byteCountMax)
        }
        #expect(ring.isFull)
        #expect(ring.samples.count == ring.count)
        #expect(ring.samples.reduce(0) { $0 + $1.count } == ring.byteCount)
    }

    @Test func `the newest are kept, in their order`() {
        var ring = SampleRing(countMax: 3)
        for number in 0..<10 as Range<UInt8> { ring.add([number]) }
        #expect(ring.samples == [[7], [8], [9]])
        #expect(!ring.isFull)
        ring.removeAll()
        #expect(ring.samples.isEmpty && ring.byteCount == 0)
    }
}
