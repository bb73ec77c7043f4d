import NIOCore
import Testing
import Wire

@Test(arguments: ConnectionRole.allCases)
func `a preface is eight bytes and reads back at every split`(role: ConnectionRole) throws {
    var bytes = ByteBuffer()
    Preface(role: role).write(to: &bytes)
    #expect(bytes.readableBytes == 8)
    for split in 0..<8 {
        var part = try #require(bytes.getSlice(at: 0, length: split))
        #expect(try Preface.read(from: &part) == nil)
        #expect(part.readableBytes == split)
    }
    bytes.writeString("more")
    #expect(try Preface.read(from: &bytes) == Preface(role: role))
    #expect(String(buffer: bytes) == "more")
}

@Test func `a wrong byte of the magic is refused when it arrives`() throws {
    for index in 0..<6 {
        var magic = Preface.magic
        magic[index] ^= 1
        var before = ByteBuffer(bytes: magic.prefix(index))
        #expect(try Preface.read(from: &before) == nil)
        var bytes = ByteBuffer(bytes: magic.prefix(index + 1))
        #expect(throws: ProtocolViolation.badMagic) { try Preface.read(from: &bytes) }
    }
}

@Test(arguments: [UInt8(0), 2, 255])
func `another major version is refused before its role arrives`(major: UInt8) {
    var bytes = ByteBuffer(bytes: Preface.magic + [major])
    #expect(throws: ProtocolViolation.unsupportedVersion(major: major)) {
        try Preface.read(from: &bytes)
    }
    #expect(ProtocolViolation.unsupportedVersion(major: major).code == .version)
}

@Test(arguments: [UInt8(0), 4, 255])
func `an unknown role is refused`(role: UInt8) {
    var bytes = ByteBuffer(bytes: Preface.magic + [1, role])
    #expect(throws: ProtocolViolation.unknownRole(role)) { try Preface.read(from: &bytes) }
}

@Test(arguments: ["GET / HTTP/1.1\r\n", "\u{16}\u{3}\u{1}", "\r\n", "hello"])
func `text protocols and TLS are refused at their first byte`(text: String) {
    var bytes = ByteBuffer(string: String(text.prefix(1)))
    #expect(throws: ProtocolViolation.badMagic) { try Preface.read(from: &bytes) }
}
