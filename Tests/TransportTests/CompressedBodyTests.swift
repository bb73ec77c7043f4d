import Compression
import Foundation
import NIOCore
import TandemCore
import Testing
import Wire
import WireMessages

@testable import Transport

private let text = String(repeating: "a body that compresses well, ", count: 40)
private let raw = [UInt8](text.utf8)
private let dictionary = CompressionDictionary(bytes: [UInt8]("a body that compresses well".utf8))

/// The client's answer to a RESPONSE with an encoded body.
private func receive(
    _ body: [UInt8], encoding: UInt16 = EncodingID.zlib, rawByteCount: Int = raw.count,
    acceptsZlib: Bool = true
) async throws -> CallOutcome {
    var result: CallOutcome?
    try await ClientScript.run(acceptsZlib: acceptsZlib, dictionaries: [offered]) { script in
        async let call = script.echo()
        _ = try await script.server.next()
        script.server.send(
            WireBytes.frame(
                .response, a: encoding, stream: 1, b: UInt32(rawByteCount),
                body: ByteBuffer(bytes: body)))
        result = await call
    }
    return try #require(result)
}

private var offered: Tandem_Control_V1_Dictionary {
    var offered = Tandem_Control_V1_Dictionary()
    offered.sha256 = Data(dictionary.sha256)
    offered.content = Data(dictionary.bytes)
    return offered
}

private func expectRefused(_ outcome: CallOutcome, _ location: SourceLocation = #_sourceLocation) {
    #expect(outcome.body == nil, sourceLocation: location)
    #expect(outcome.failure?.reason == "PROTOCOL_VIOLATION", sourceLocation: location)
}

private let plain = ZlibBatch.deflate(raw)

@Test func `a compressed body arrives inflated`() async throws {
    #expect(try await receive(plain).body == text)
}

@Test func `a body compressed with the connection's dictionary arrives inflated`() async throws {
    let body = DocumentDeflater(dictionary: dictionary).deflate(raw)
    #expect(try await receive(body, encoding: EncodingID.firstDictionary).body == text)
}

@Test(arguments: [0, 1, raw.count - 1, raw.count + 1, 16 << 20])
func `a body that doesn't inflate to the promised length is refused`(count: Int) async throws {
    expectRefused(try await receive(plain, rawByteCount: count))
}

@Test func `a bomb is refused by its promise, before anything is inflated`() async throws {
    expectRefused(try await receive(plain, rawByteCount: (16 << 20) + 1))
    expectRefused(try await receive(plain, rawByteCount: Int(UInt32.max)))
}

@Test func `a bomb that lies about its length is refused`() async throws {
    let bomb = ZlibBatch.deflate([UInt8](repeating: 0, count: 8 << 20))
    expectRefused(try await receive(bomb, rawByteCount: 100))
}

@Test func `a bad checksum, trailing bytes and a broken stream are refused`() async throws {
    var bad = plain
    bad[bad.count - 1] ^= 1
    expectRefused(try await receive(bad))
    expectRefused(try await receive(plain + [0]))
    expectRefused(try await receive(Array(plain.dropLast(5))))
    expectRefused(try await receive([]))
    expectRefused(try await receive([0x78]))
}

@Test func `a body with the wrong dictionary, or one that wasn't offered, is refused`()
    async throws
{
    expectRefused(try await receive(plain, encoding: EncodingID.firstDictionary))
    let body = DocumentDeflater(dictionary: dictionary).deflate(raw)
    expectRefused(try await receive(body, encoding: EncodingID.zlib))
    expectRefused(try await receive(body, encoding: EncodingID.firstDictionary + 1))
    expectRefused(try await receive(body, encoding: .max))
}

@Test func `a client that didn't offer zlib refuses it`() async throws {
    expectRefused(try await receive(plain, acceptsZlib: false))
}
