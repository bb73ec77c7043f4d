import NIOCore
import TestSupport
import Testing
import Wire
import WireMessages

/// Changes a few bytes of valid frames, or makes all of them up.
private struct Mutator {
    var generator: SeededGenerator
    let frames = SampleFrames.all

    mutating func bytes() -> ByteBuffer {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            if Bool.random(using: &generator) {
                let index = Int.random(in: 0..<frames.count, using: &generator)
                bytes += Array(frames[index].readableBytesView)
            } else {
                let count = Int.random(in: 0...40, using: &generator)
                // Small numbers are what lengths, types and tags are made of.
                let limit: UInt8 = Bool.random(using: &generator) ? 20 : .max
                bytes += (0..<count).map { _ in UInt8.random(in: 0...limit, using: &generator) }
            }
        }
        for _ in 0..<Int.random(in: 0...3, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[index] = UInt8.random(in: 0...255, using: &generator)
        }
        return ByteBuffer(bytes: bytes)
    }
}

/// Decodes until there is no whole frame or a violation; how many bytes were taken.
private func consume(_ bytes: ByteBuffer) -> Int {
    var rest = bytes
    var decoder = FrameDecoder(lengthMax: 256)
    do throws(ProtocolViolation) {
        while case .frame(let frame) = try decoder.next(from: &rest) {
            var body = frame.payload
            if frame.flags.contains(.metadata) {
                _ = try Metadata(readingFrom: &body, byteCountMax: 100)
            }
            _ = try? Hello(body: body, of: .hello)
            _ = try? Welcome(body: body, of: .welcome)
            _ = try? GoAway(body: body, of: .goAway)
            _ = try? ErrorDetails(body: body, of: .error)
        }
    } catch {
        #expect(!error.description.isEmpty)
    }
    return bytes.readableBytes - rest.readableBytes
}

@Test func `no bytes make the decoder trap, or take more than there are`() {
    let seed = UInt64.random(in: 0 ... .max)
    print("frame fuzz seed: \(seed)")
    var mutator = Mutator(generator: SeededGenerator(seed: seed))
    var consumedByteCount = 0
    for _ in 0..<20_000 {
        let bytes = mutator.bytes()
        let count = consume(bytes)
        #expect(count <= bytes.readableBytes, "seed \(seed)")
        consumedByteCount += count
    }
    // Not vacuous: enough of it was good enough to be decoded.
    #expect(consumedByteCount > 100_000, "seed \(seed)")
}

@Test func `no bytes make the metadata reader trap`() {
    let seed = UInt64.random(in: 0 ... .max)
    print("metadata fuzz seed: \(seed)")
    var generator = SeededGenerator(seed: seed)
    var readCount = 0
    for _ in 0..<20_000 {
        let count = Int.random(in: 0...24, using: &generator)
        var entries = ByteBuffer()
        while entries.readableBytes < count {
            let tags = MetadataTag.allCases.map(\.rawValue) + [0x80, 0xFF]
            let length =
                [0, 4, 16, Int.random(in: 0...20, using: &generator)]
                .randomElement(using: &generator) ?? 0
            entries.writeMultipleIntegers(
                tags.randomElement(using: &generator) ?? 0, UInt16(length))
            entries.writeRepeatingByte(
                UInt8.random(in: 0...255, using: &generator),
                count: max(0, length - Int.random(in: 0...1, using: &generator)))
        }
        let missing = Int.random(in: 0...1, using: &generator)
        var block = ByteBuffer(integer: UInt16(max(0, entries.readableBytes - missing)))
        block.writeImmutableBuffer(entries)
        if (try? Metadata(readingFrom: &block, byteCountMax: 100)) != nil { readCount += 1 }
    }
    #expect(readCount > 1_000, "seed \(seed)")
}
