import NIOCore
import Testing

@testable import Wire

@Test func `every byte split of every frame decodes the same`() throws {
    for bytes in SampleFrames.all {
        let whole = try SampleFrames.decode(bytes)
        #expect(whole.count == 1)
        var decoder = FrameDecoder(lengthMax: 1 << 20)
        for split in 0..<bytes.readableBytes {
            var received = try #require(bytes.getSlice(at: 0, length: split))
            #expect(try decoder.next(from: &received) == .incomplete)
            #expect(received.readableBytes == split, "an incomplete frame stays where it is")
            received.writeImmutableBuffer(
                try #require(bytes.getSlice(at: split, length: bytes.readableBytes - split)))
            #expect(try decoder.next(from: &received) == whole[0])
            #expect(received.readableBytes == 0)
        }
    }
}

@Test func `frames that stand in one buffer come out in order`() throws {
    var bytes = ByteBuffer()
    for frame in SampleFrames.all { bytes.writeImmutableBuffer(frame) }
    let single = try SampleFrames.all.flatMap { try SampleFrames.decode($0) }
    #expect(try SampleFrames.decode(bytes) == single)
}

@Test func `a written frame reads back with its fields, metadata and body`() throws {
    var metadata = Metadata()
    metadata.ageMilliseconds = 77
    let bytes = SampleFrames.frame(
        .response, flags: .replayed, a: 2, stream: 9, b: 500, metadata: metadata,
        body: ByteBuffer(string: "body"))
    guard case .frame(let frame) = try SampleFrames.decode(bytes).first else {
        Issue.record("no frame came out")
        return
    }
    #expect(frame.type == .response)
    #expect(frame.flags == [.replayed, .metadata])
    #expect((frame.a, frame.stream, frame.b) == (2, 9, 500))
    #expect(frame.length + 4 == bytes.readableBytes)
    var payload = frame.payload
    #expect(try Metadata(readingFrom: &payload, byteCountMax: 100) == metadata)
    #expect(String(buffer: payload) == "body")
}

@Test func `a frame of the greatest length is taken`() throws {
    let body = ByteBuffer(repeating: 1, count: 88)
    let frames = try SampleFrames.decode(SampleFrames.frame(.item, body: body), lengthMax: 100)
    #expect(frames.count == 1)
}

@Test(arguments: [UInt32(0), 11])
func `a length below the header's own is refused from its four bytes`(length: UInt32) {
    var bytes = ByteBuffer(integer: length)
    var decoder = FrameDecoder(lengthMax: 100)
    #expect(throws: ProtocolViolation.frameTooShort(length: length)) {
        try decoder.next(from: &bytes)
    }
}

@Test(arguments: [UInt32(101), 1 << 24, 0x1603_0100, .max])
func `a hostile length is refused from its four bytes`(length: UInt32) {
    var bytes = ByteBuffer(integer: length)
    var decoder = FrameDecoder(lengthMax: 100)
    #expect(throws: ProtocolViolation.frameTooLong(length: length, lengthMax: 100)) {
        try decoder.next(from: &bytes)
    }
    #expect(ProtocolViolation.frameTooLong(length: length, lengthMax: 100).code == .size)
}

@Test func `three bytes of a hostile length are waited on`() throws {
    var bytes = ByteBuffer(bytes: [0xFF, 0xFF, 0xFF])
    var decoder = FrameDecoder(lengthMax: 100)
    #expect(try decoder.next(from: &bytes) == .incomplete)
}

@Test(arguments: [UInt8(0x00), 0x0D, 0x7F])
func `an unknown type below 0x80 is refused from its header`(type: UInt8) {
    let bytes = SampleFrames.raw(length: 50, type: type)
    #expect(throws: ProtocolViolation.unknownFrameType(type)) { try SampleFrames.decode(bytes) }
}

@Test(arguments: [UInt8(0x80), 0xF0, 0xFF])
func `an unknown type from 0x80 on is skipped with its body and its flags`(type: UInt8) throws {
    var bytes = SampleFrames.raw(
        length: 15, type: type, flags: 0x7F, a: 1, stream: 2, b: 3, body: ByteBuffer(string: "xyz"))
    bytes.writeImmutableBuffer(SampleFrames.frame(.cancel, stream: 1))
    let frames = try SampleFrames.decode(bytes)
    #expect(frames.first == .skipped(type: type))
    #expect(frames.count == 2)
}

@Test(arguments: FrameType.allCases)
func `each flag that a type doesn't define is refused`(type: FrameType) {
    for bit in 0..<8 {
        let flag = FrameFlags(rawValue: 1 << bit)
        let bytes = SampleFrames.raw(length: 12, type: type.rawValue, flags: flag.rawValue)
        if FrameFlags.allowed(on: type).contains(flag) {
            #expect(throws: Never.self) { try SampleFrames.decode(bytes) }
        } else {
            let violation = ProtocolViolation.reservedFlags(
                type: type.rawValue, flags: flag.rawValue)
            #expect(throws: violation) { try SampleFrames.decode(bytes) }
        }
    }
}

@Test func `fields that mean nothing on a frame's type must be zero`() {
    let violations: [(FrameType, ByteBuffer)] = [
        (.hello, SampleFrames.frame(.hello, a: 1)), (.hello, SampleFrames.frame(.hello, stream: 1)),
        (.welcome, SampleFrames.frame(.welcome, b: 1)),
        (.cancel, SampleFrames.frame(.cancel, a: 1, stream: 1)),
        (.cancel, SampleFrames.frame(.cancel, stream: 1, b: 1)),
        (.cancel, SampleFrames.frame(.cancel, stream: 1, body: ByteBuffer(string: "x"))),
        (.credit, SampleFrames.frame(.credit, a: 1, stream: 1, b: 5)),
        (.credit, SampleFrames.frame(.credit, stream: 1, b: 5, body: ByteBuffer(string: "x"))),
    ]
    for (type, bytes) in violations {
        #expect(throws: ProtocolViolation.reservedField(type)) { try SampleFrames.decode(bytes) }
    }
}

@Test func `the ceiling of a frame keeps its first byte zero`() {
    #expect(FrameHeader.lengthCeiling == 0x00FF_FFFF)
}
