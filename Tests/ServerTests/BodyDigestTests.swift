import NIOCore
import Testing

@testable import WriteServer

/// The slices that it took, and the digest in hexadecimal.
private func digest(of body: ByteBuffer) -> (slices: Int, text: String) {
    var digest = BodyDigest(of: body)
    var slices = 1
    while true {
        if let bytes = digest.next() {
            return (slices, bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        }
        slices += 1
    }
}

@Test func `a body's digest is its SHA-256, however many slices it takes`() {
    // The examples of FIPS 180-4.
    let none = digest(of: ByteBuffer())
    #expect(none == (1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
    let short = digest(of: ByteBuffer(string: "abc"))
    #expect(short == (1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    let long = digest(of: ByteBuffer(repeating: UInt8(ascii: "a"), count: 1_000_000))
    #expect(long == (8, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"))
}

@Test func `a body of whole slices takes no empty one at its end`() {
    #expect(digest(of: ByteBuffer(repeating: 0, count: BodyDigest.sliceByteCount)).slices == 1)
    #expect(digest(of: ByteBuffer(repeating: 0, count: 2 * BodyDigest.sliceByteCount)).slices == 2)
    #expect(digest(of: ByteBuffer(repeating: 0, count: BodyDigest.sliceByteCount + 1)).slices == 2)
}
