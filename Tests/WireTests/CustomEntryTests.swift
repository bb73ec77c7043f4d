import NIOCore
import TandemCore
import Testing

@testable import Wire

@Suite struct CustomEntryTests {
    private func metadata(_ entries: [(UInt8, [UInt8])]) throws -> Metadata {
        var block = ByteBuffer()
        for (tag, value) in entries {
            block.writeMultipleIntegers(tag, UInt16(value.count))
            block.writeBytes(value)
        }
        var payload = ByteBuffer(integer: UInt16(block.readableBytes))
        payload.writeBuffer(&block)
        return try Metadata(readingFrom: &payload, byteCountMax: 8_192)
    }

    @Test func `entries keep their order, and may repeat`() throws {
        var written = Metadata()
        written.custom = [
            CustomEntry(name: "région", value: .text("été")),
            CustomEntry(name: "raw", value: .binary([0, 255, 0])),
            CustomEntry(name: "raw", value: .binary([])),
        ]
        var payload = ByteBuffer()
        written.write(to: &payload)
        #expect(payload.readableBytes == written.entriesByteCount + 2)
        #expect(try Metadata(readingFrom: &payload, byteCountMax: 8_192) == written)
    }

    @Test func `only so many entries are taken in, and one more is told apart`() throws {
        let entry: (UInt8, [UInt8]) = (0x40, [0x61, 0])
        #expect(try metadata(Array(repeating: entry, count: 64)).malformed == nil)
        let tooMany = try metadata(Array(repeating: entry, count: 1_600))
        #expect(tooMany.malformed == .customText)
        #expect(tooMany.custom.count == 64)
    }

    private static let wrong: [(UInt8, [UInt8])] = [
        (0x40, [0x61, 0x62]), (0x40, [0, 0x61]), (0x40, [0x61, 0, 0xFF]), (0x40, [0xFF, 0, 0x61]),
        (0x41, [0x61]), (0x41, [0, 0x61]), (0x41, [0xC0, 0, 0x61]), (0x41, []),
    ]

    @Test(arguments: wrong)
    func `an entry of the wrong form is told apart`(tag: UInt8, value: [UInt8]) throws {
        let metadata = try metadata([(tag, value)])
        #expect(metadata.malformed?.rawValue == tag)
        #expect(metadata.custom.isEmpty)
    }
}
