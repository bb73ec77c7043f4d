import SwiftProtobuf
import TestSupport
import Testing

@testable import TandemDomain

struct FlatDecoderTests {
    private func flat<Content: Message>(_ bytes: [UInt8], _: Content.Type) -> Content? {
        var content = Content()
        return unsafe bytes.withUnsafeBytes { unsafe content.mergeFlat($0) } ? content : nil
    }

    private func same<Content: Message & Equatable>(
        _ bytes: [UInt8], _: Content.Type
    ) -> Bool? {
        guard let flat = flat(bytes, Content.self) else { return nil }
        return flat == (try? Content(serializedBytes: bytes))
    }

    @Test func `what it makes of bytes is what SwiftProtobuf makes of them`() {
        var random = SeededGenerator(seed: 77_001)
        var madeCount = 0
        for _ in 0..<20_000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                // A field of a varint, mostly one that the message has.
                let isOdd = Int.random(in: 0..<8, using: &random) == 0
                let tag: UInt8 = Bool.random(using: &random) ? 8 : 16
                bytes.append(isOdd ? .random(in: 0...255, using: &random) : tag)
                for _ in 0..<Int.random(in: 0...10, using: &random) {
                    bytes.append(.random(in: 128...255, using: &random))
                }
                if Int.random(in: 0..<20, using: &random) > 0 {
                    bytes.append(.random(in: 0...127, using: &random))
                }
            }
            let answers = [
                same(bytes, Google_Protobuf_Timestamp.self),
                same(bytes, Google_Protobuf_UInt64Value.self),
                same(bytes, Google_Protobuf_UInt32Value.self),
                same(bytes, Google_Protobuf_BoolValue.self),
                same(bytes, Google_Protobuf_StringValue.self),
                same(bytes, Google_Protobuf_DoubleValue.self),
            ]
            #expect(!answers.contains(false), "\(bytes)")
            madeCount += answers.count { $0 == true }
        }
        #expect(madeCount > 20_000)
    }

    @Test func `numbers are read, and everything else is left to SwiftProtobuf`() {
        #expect(flat([8, 0x96, 1], Google_Protobuf_UInt64Value.self)?.value == 150)
        #expect(flat([], Google_Protobuf_UInt64Value.self)?.value == 0)
        #expect(flat([8, 1, 8, 2], Google_Protobuf_UInt64Value.self)?.value == 2)
        // A text, another wire type, a field that it doesn't know, one cut short, one too long.
        #expect(flat([0x0A, 1, 65], Google_Protobuf_StringValue.self) == nil)
        #expect(flat([0x09, 1, 2, 3, 4, 5, 6, 7, 8], Google_Protobuf_UInt64Value.self) == nil)
        #expect(flat([16, 1], Google_Protobuf_UInt64Value.self) == nil)
        #expect(flat([8, 0x96], Google_Protobuf_UInt64Value.self) == nil)
        let longTag: [UInt8] = [0x88, 0x80, 0x80, 0x80, 0x80, 0, 5]
        #expect(flat(longTag, Google_Protobuf_UInt64Value.self) == nil)
        #expect(throws: (any Error).self) {
            try Google_Protobuf_UInt64Value(serializedBytes: longTag)
        }
        let ten = [UInt8](repeating: 0xFF, count: 9) + [1]
        #expect(flat([8] + ten, Google_Protobuf_UInt64Value.self) == nil)
    }
}
