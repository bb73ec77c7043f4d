import NIOCore
import TestSupport
import Testing

@testable import Wire

struct PlainRequestTests {
    @Test func `what is read as plain is what the decoder makes of it, and nothing else`() throws {
        var random = SeededGenerator(seed: 20_611)
        var plainCount = 0
        for _ in 0..<20_000 {
            var bytes = ByteBuffer()
            let body = ByteBuffer(
                bytes: (0..<Int.random(in: 0...66, using: &random)).map { UInt8($0) })
            let isOdd = Int.random(in: 0..<4, using: &random) == 0
            bytes.writeMultipleIntegers(
                FrameHeader.lengthMin + UInt32(body.readableBytes),
                isOdd ? UInt8.random(in: 0...13, using: &random) : 3,
                isOdd ? UInt8.random(in: 0...3, using: &random) : UInt8(0),
                UInt16.random(in: 0...4, using: &random),
                UInt32.random(in: 0...9, using: &random),
                UInt32.random(in: 0...9, using: &random))
            bytes.writeImmutableBuffer(body)
            let cut = isOdd ? Int.random(in: 0...bytes.readableBytes, using: &random) : 0
            var received = try #require(bytes.getSlice(at: 0, length: bytes.readableBytes - cut))
            let plain = PlainRequest(at: 0, of: received.readableBytesSpan)
            var decoder = FrameDecoder(lengthMax: 1_000)
            let decoded = try? decoder.next(from: &received)
            guard case .frame(let frame) = decoded, frame.type == .request, frame.flags == [],
                frame.payloadByteCount <= PlainRequest.bodyByteCountMax
            else {
                #expect(plain == nil)
                continue
            }
            plainCount += 1
            #expect(plain?.stream == frame.stream)
            #expect(plain?.methodIndex == frame.a)
            #expect(plain?.bodyOffset == FrameHeader.byteCount)
            #expect(plain.map { Int($0.bodyByteCount) } == frame.payloadByteCount)
        }
        #expect(plainCount > 10_000)
    }

    @Test func `one that begins behind others is found there, and none behind the last`() throws {
        var bytes = ByteBuffer()
        for stream in 1...3 {
            bytes.writeFrame(
                .request, a: 2, stream: UInt32(stream), body: ByteBuffer(bytes: [1, 2, 3]))
        }
        var offset = 0
        for stream in 1...3 {
            let request = PlainRequest(at: offset, of: bytes.readableBytesSpan)
            #expect(request?.stream == UInt32(stream))
            offset = try #require(request).end
        }
        #expect(PlainRequest(at: offset, of: bytes.readableBytesSpan) == nil)
        #expect(PlainRequest(at: offset + 1, of: bytes.readableBytesSpan) == nil)
    }
}
