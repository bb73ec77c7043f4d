import Testing

@testable import Compression

@Suite struct SharedDeflationTests {
    @Test(arguments: [0, 1, 300, 70_000, 600_000])
    func `one beginning makes whole streams with every ending`(byteCount: Int) throws {
        let raw = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        let shared = unsafe SharedDeflation(raw.span.bytes)
        for endingByteCount in [0, 1, 22, 65_535] {
            let contents = (0..<endingByteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let stream = shared.beginning + shared.ending.bytes(contents)
            let inflated = try DocumentInflater().inflate(
                stream, rawByteCount: raw.count + contents.count, dictionary: nil)
            #expect(inflated == raw + contents)
        }
    }

    @Test func `a beginning of what compresses is shorter than it`() {
        let raw = [UInt8](repeating: 7, count: 100_000)
        let shared = unsafe SharedDeflation(raw.span.bytes)
        #expect(shared.beginning.count < 1_000)
    }
}
