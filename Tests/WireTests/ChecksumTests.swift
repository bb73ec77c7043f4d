import NIOCore
import Testing

@testable import Wire

/// RFC 3720, B.4, and the usual check value.
private let knownChecksums: [([UInt8], UInt32)] = [
    ([UInt8](repeating: 0x00, count: 32), 0x8A91_36AA),
    ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    ([UInt8](0..<32), 0x46DD_794E),
    ([UInt8](0..<32).reversed(), 0x113F_DB5C),
    (Array("123456789".utf8), 0xE306_9283),
    ([], 0),
]

@Test(arguments: knownChecksums)
func `the checksum is CRC-32C`(bytes: [UInt8], expected: UInt32) {
    #expect(CRC32C.checksum(ByteBuffer(bytes: bytes)) == expected)
}

@Suite struct SealedFrameTests {
    private func sealedFrames() -> ByteBuffer {
        var frames = ByteBuffer()
        frames.writeFrame(.cancel, stream: 3)
        frames.writeFrame(.request, a: 1, stream: 5, b: 250, body: ByteBuffer(string: "body"))
        return frames.sealed()
    }

    private func decoder(_ checksums: FrameDecoder.Checksums) -> FrameDecoder {
        var decoder = FrameDecoder(lengthMax: 1_000)
        decoder.checksums = checksums
        return decoder
    }

    @Test func `sealed frames are read as the frames that they were`() throws {
        var bytes = sealedFrames()
        var decoder = decoder(.required)
        #expect(try decoder.next(from: &bytes) == .frame(Frame(type: .cancel, stream: 3)))
        let request = Frame(
            type: .request, a: 1, stream: 5, b: 250, payload: ByteBuffer(string: "body"))
        #expect(try decoder.next(from: &bytes) == .frame(request))
        #expect(bytes.readableBytes == 0)
    }

    @Test func `a WELCOME is not sealed, what follows it is`() throws {
        var frames = ByteBuffer()
        frames.writeFrame(.welcome, body: ByteBuffer(string: "w"))
        frames.writeFrame(.ping, body: ByteBuffer(integer: UInt64(1)))
        var bytes = frames.sealed()
        var decoder = decoder(.notAgreed)
        guard case .frame(let welcome) = try decoder.next(from: &bytes) else {
            Issue.record("no WELCOME")
            return
        }
        #expect(welcome.type == .welcome)
        #expect(bytes.readableBytes == 4 + 12 + 8 + 4)
    }

    @Test func `any changed byte is found`() throws {
        let sealed = sealedFrames()
        let length = 4 + 16
        for index in 0..<length where index > 3 {
            var bytes = sealed
            let byte: UInt8 = try #require(bytes.getInteger(at: index))
            bytes.setInteger(byte ^ 0x10, at: index)
            var decoder = decoder(.required)
            // A damaged type or flag may be refused for what it then says.
            #expect(throws: ProtocolViolation.self, "byte \(index)") {
                try decoder.next(from: &bytes)
            }
        }
    }

    @Test func `a frame without a checksum is taken until the first with one`() throws {
        var bytes = ByteBuffer()
        bytes.writeFrame(.cancel, stream: 1)
        var sealed = sealedFrames()
        bytes.writeBuffer(&sealed)
        bytes.writeFrame(.cancel, stream: 7)
        var decoder = decoder(.awaited)
        for _ in 0..<3 { _ = try decoder.next(from: &bytes) }
        #expect(throws: ProtocolViolation.missingChecksum(type: 8)) {
            try decoder.next(from: &bytes)
        }
        #expect(ProtocolViolation.missingChecksum(type: 8).code == .checksum)
    }

    @Test func `where none was agreed the flag is undefined`() {
        var bytes = sealedFrames()
        var decoder = decoder(.notAgreed)
        #expect(throws: ProtocolViolation.reservedFlags(type: 8, flags: 0x80)) {
            try decoder.next(from: &bytes)
        }
    }

    @Test func `a frame that is too short for its checksum is refused`() {
        var bytes = ByteBuffer()
        bytes.writeFrame(.cancel, flags: .checksum, stream: 1)
        var decoder = decoder(.awaited)
        #expect(throws: ProtocolViolation.frameTooShort(length: 12)) {
            try decoder.next(from: &bytes)
        }
    }

    @Test func `a skipped frame is checked as well`() throws {
        var bytes = ByteBuffer()
        bytes.writeMultipleIntegers(UInt32(16), UInt8(0xF0), UInt8(0x80), UInt16(0))
        bytes.writeMultipleIntegers(UInt32(0), UInt32(0), UInt32(0xBAD))
        var decoder = decoder(.awaited)
        #expect(throws: ProtocolViolation.badChecksum(type: 0xF0)) {
            try decoder.next(from: &bytes)
        }
    }
}
