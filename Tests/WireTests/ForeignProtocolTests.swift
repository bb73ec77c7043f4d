import NIOCore
import Testing
import Wire

@Suite struct ForeignProtocolTests {
    /// What is said of a peer that begins like this.
    private func said(of bytes: [UInt8]) -> String? {
        var decoder = FrameDecoder(lengthMax: 1 << 20)
        var buffer = ByteBuffer(bytes: bytes)
        do throws(ProtocolViolation) {
            _ = try decoder.next(from: &buffer)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `a peer that speaks another protocol is told by its name, not by a length`() {
        let end = "not Tandem; the address may be wrong"
        #expect(
            said(of: Array("HTTP/1.1 400 Bad Request\r\n".utf8)) == "the peer speaks HTTP, \(end)")
        #expect(said(of: [0x15, 3, 1, 0, 2, 2, 70]) == "the peer speaks TLS, \(end)")
        #expect(said(of: [0x16, 3, 3, 0, 70]) == "the peer speaks TLS, \(end)")
        #expect(said(of: Array("SSH-2.0-x\r\n".utf8)) == "the peer speaks SSH, \(end)")
        #expect(said(of: Array("-ERR no\r\n".utf8)) == "the peer speaks text ('-ERR…'), \(end)")
    }

    @Test func `a length that tells of nothing is told as a length`() {
        #expect(
            said(of: [0xFF, 0xFF, 0xFF, 0xFF])
                == "a frame's length is 4294967295; the most is 1048576")
        #expect(said(of: [0, 0x10, 0, 1])?.hasPrefix("a frame's length is 1048577") == true)
    }
}
