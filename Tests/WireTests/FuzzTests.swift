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

/// What a decoder makes of bytes that come in these parts.
private struct Decoded: Equatable {
    var found: [DecodedFrame] = []
    var violation: ProtocolViolation?

    init(_ parts: ByteBuffer...) {
        var decoder = FrameDecoder(lengthMax: 256)
        var unread = ByteBuffer()
        do throws(ProtocolViolation) {
            for part in parts {
                unread.writeImmutableBuffer(part)
                var next = try decoder.next(from: &unread)
                while next != .incomplete {
                    found.append(next)
                    next = try decoder.next(from: &unread)
                }
            }
        } catch {
            violation = error
        }
    }

    /// Reads what the frames hold.
    func readBodies() {
        for case .frame(let frame) in found {
            var body = frame.payload
            if frame.flags.contains(.metadata) {
                _ = try? Metadata(readingFrom: &body, byteCountMax: 100)
            }
            _ = try? Hello(body: body, of: .hello)
            _ = try? Welcome(body: body, of: .welcome)
            _ = try? GoAway(body: body, of: .goAway)
            _ = try? ErrorDetails(body: body, of: .error)
        }
    }
}

@Test func `no bytes make the decoder trap, and where they are cut makes no difference`() {
    let seed = UInt64.random(in: 0 ... .max)
    print("frame fuzz seed: \(seed)")
    var mutator = Mutator(generator: SeededGenerator(seed: seed))
    var frameCount = 0
    var violationCount = 0
    for _ in 0..<20_000 {
        let bytes = mutator.bytes()
        let whole = Decoded(bytes)
        whole.readBodies()
        var rest = bytes
        let count = Int.random(in: 0...bytes.readableBytes, using: &mutator.generator)
        let first = rest.readSlice(length: count) ?? ByteBuffer()
        #expect(Decoded(first, rest) == whole, "seed \(seed)")
        frameCount += whole.found.count
        violationCount += whole.violation.map { $0.description.isEmpty ? 0 : 1 } ?? 0
    }
    // Not vacuous: enough of it was good enough to be decoded, and enough was not.
    #expect(frameCount > 1_000, "seed \(seed)")
    #expect(violationCount > 1_000, "seed \(seed)")
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
