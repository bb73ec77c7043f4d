import NIOCore
import TandemCore
import Testing
import Wire

/// A block of entries, with its length in front.
private func block(_ entries: [(tag: UInt8, value: [UInt8])], length: UInt16? = nil) -> ByteBuffer {
    var bytes = ByteBuffer()
    for entry in entries {
        bytes.writeMultipleIntegers(entry.tag, UInt16(entry.value.count))
        bytes.writeBytes(entry.value)
    }
    var block = ByteBuffer(integer: length ?? UInt16(bytes.readableBytes))
    block.writeImmutableBuffer(bytes)
    return block
}

private func read(
    _ block: ByteBuffer, byteCountMax: Int = 8_192
) throws(ProtocolViolation) -> Metadata {
    var block = block
    return try Metadata(readingFrom: &block, byteCountMax: byteCountMax)
}

@Test func `metadata reads back as it was written, and leaves the body`() throws {
    var metadata = Metadata()
    metadata.traceParent = "trace"
    metadata.idempotencyKey = IdempotencyKey(high: .max, low: 1)
    metadata.atLeast = ConsistencyToken(
        epoch: LogEpoch(rawValue: 5), position: LogPosition(rawValue: .max))
    metadata.maxStalenessMilliseconds = 6
    metadata.token = ConsistencyToken(
        epoch: LogEpoch(rawValue: .max), position: LogPosition(rawValue: 0))
    metadata.ageMilliseconds = .max
    var bytes = ByteBuffer()
    metadata.write(to: &bytes)
    #expect(bytes.readableBytes == metadata.entriesByteCount + 2)
    bytes.writeString("body")
    #expect(try Metadata(readingFrom: &bytes, byteCountMax: 8_192) == metadata)
    #expect(String(buffer: bytes) == "body")
}

@Test func `an empty block is no metadata`() throws {
    #expect(try read(block([])) == Metadata())
}

@Test func `every truncation of a block is refused`() {
    let whole = block([(2, [UInt8](repeating: 1, count: 16)), (0x90, [1, 2])])
    for length in 0..<whole.readableBytes {
        #expect(throws: ProtocolViolation.truncatedMetadata) {
            try read(whole.getSlice(at: 0, length: length) ?? ByteBuffer())
        }
    }
}

@Test func `a block longer than the frame is refused`() {
    #expect(throws: ProtocolViolation.truncatedMetadata) { try read(block([], length: .max)) }
}

@Test func `an entry longer than its block is refused`() {
    var bytes = ByteBuffer(integer: UInt16(4))
    bytes.writeMultipleIntegers(UInt8(1), UInt16(2), UInt8(0x61))
    bytes.writeString("more than enough behind the block")
    #expect(throws: ProtocolViolation.truncatedMetadata) { try read(bytes) }
}

@Test func `a block of the greatest size passes, and one byte more doesn't`() throws {
    let value = [UInt8](repeating: 0, count: 97)
    #expect(throws: Never.self) { try read(block([(0x80, value)]), byteCountMax: 100) }
    let violation = ProtocolViolation.metadataTooLong(byteCount: 100, byteCountMax: 99)
    #expect(throws: violation) { try read(block([(0x80, value)]), byteCountMax: 99) }
    #expect(violation.code == .size)
}

@Test(arguments: MetadataTag.allCases.filter { !$0.mayRepeat })
func `a tag that may stand once is refused twice`(tag: MetadataTag) {
    let entry = (tag: tag.rawValue, value: [UInt8](repeating: 0x30, count: 16))
    #expect(throws: ProtocolViolation.duplicateMetadata(tag: tag.rawValue)) {
        try read(block([entry, (0x80, []), entry]))
    }
}

@Test func `custom entries may repeat`() throws {
    let entries: [(tag: UInt8, value: [UInt8])] = [
        (0x40, [0x61, 0]), (0x40, [0x61, 0]), (0x41, [0x61, 0, 1]), (0x41, [0x61, 0, 1]),
    ]
    #expect(try read(block(entries)).custom.count == 4)
}

@Test(arguments: [UInt8(0x00), 0x07, 0x3F, 0x42, 0x7F])
func `an unknown tag below 0x80 is refused`(tag: UInt8) {
    #expect(throws: ProtocolViolation.unknownMetadata(tag: tag)) { try read(block([(tag, [])])) }
}

@Test func `an unknown tag from 0x80 on is skipped, however often it stands`() throws {
    let age: [UInt8] = [0, 0, 0, 9]
    let metadata = try read(block([(0x80, [1, 2, 3]), (0x80, []), (0xFF, [0]), (6, age)]))
    #expect(metadata.ageMilliseconds == 9)
}

@Test(arguments: [MetadataTag.idempotencyKey, .atLeast, .token, .maxStaleness, .age])
func `an entry of the wrong size is malformed, not a violation`(tag: MetadataTag) throws {
    for count in [0, 3, 5, 15, 17] {
        let value = [UInt8](repeating: 0, count: count)
        #expect(try read(block([(tag.rawValue, value)])).malformed == tag)
    }
}

@Test func `the first malformed entry is the one that is named`() throws {
    let metadata = try read(block([(4, []), (2, []), (6, [0, 0, 0, 1])]))
    #expect(metadata.malformed == .maxStaleness)
    #expect(metadata.ageMilliseconds == 1)
}

@Test func `text that is not UTF-8 is malformed`() throws {
    let metadata = try read(block([(1, [0xFF, 0xFE, 0x00])]))
    #expect(metadata.malformed == .traceParent)
    #expect(metadata.traceParent == nil)
}
