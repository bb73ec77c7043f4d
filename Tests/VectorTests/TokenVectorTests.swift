import NIOCore
import TandemCore
import Testing
import Wire

private typealias File = VectorFile<Setup, Expected>

private struct Setup: Decodable, Sendable {
    let what: String
    let nowMs: String?
    let retentionMs: String?
}

private struct Expected: Decodable, Sendable {
    let epoch: String?
    let position: String?
    let key: Hex?
    let timeMs: String?
}

/// The time that a key says of itself, in milliseconds.
private func milliseconds(of key: IdempotencyKey) -> Int64? {
    key.time.map { $0.microseconds / 1_000 }
}

/// Metadata with one entry.
private func metadata(_ tag: MetadataTag, _ value: [UInt8]) throws -> Metadata {
    var block = ByteBuffer()
    block.writeMultipleIntegers(UInt16(3 + value.count), tag.rawValue, UInt16(value.count))
    block.writeBytes(value)
    return try Metadata(readingFrom: &block, byteCountMax: 100)
}

@Test func `tokens are what the vectors say, in either place`() throws {
    let file = try File.load("tokens")
    let vectors = file.vectors.filter { $0.setup.what == "token" }
    for vector in vectors {
        let tokens = [
            try metadata(.token, vector.input.bytes).token,
            try metadata(.atLeast, vector.input.bytes).atLeast,
        ]
        for token in tokens {
            #expect(token.map { "\($0.epoch)" } == vector.expected?.epoch, "\(vector.id)")
            #expect(token.map { "\($0.position)" } == vector.expected?.position, "\(vector.id)")
        }
    }
    #expect(vectors.count >= 7)
}

@Test func `keys are read, and their times, as the vectors say`() throws {
    let vectors = try File.load("tokens").vectors.filter { $0.setup.what == "key" }
    for vector in vectors {
        let key = try #require(try metadata(.idempotencyKey, vector.input.bytes).idempotencyKey)
        #expect(key.bytes == vector.expected?.key?.bytes, "\(vector.id)")
        let time = milliseconds(of: key).map(String.init)
        #expect(time == vector.expected?.timeMs, "\(vector.id)")
    }
    #expect(vectors.count >= 14)
}

@Test func `the times of keys tell the expired ones apart`() throws {
    let vectors = try File.load("tokens").vectors.filter { $0.setup.what == "key-at" }
    for vector in vectors {
        let key = try #require(try metadata(.idempotencyKey, vector.input.bytes).idempotencyKey)
        let now = try #require(vector.setup.nowMs.flatMap { Int64($0) })
        let retention = try #require(vector.setup.retentionMs.flatMap { Int64($0) })
        let isExpired = milliseconds(of: key).map { now - $0 > retention } ?? false
        #expect(isExpired == (vector.finding == "KEY_EXPIRED"), "\(vector.id)")
    }
    #expect(vectors.count >= 9)
}

@Test func `checksums are what the vectors say`() throws {
    let file = try VectorFile<Nothing, ChecksumExpected>.load("crc32c")
    for vector in file.vectors {
        let checksum = CRC32C.checksum(vector.input.buffer)
        let expected = try #require(vector.expected)
        #expect(checksum == UInt32(expected.crc, radix: 16), "\(vector.id)")
        guard let trailer = expected.trailer else { continue }
        var frame = vector.input.buffer
        frame.writeInteger(checksum)
        #expect(Hex(frame).bytes.suffix(4).elementsEqual(trailer.bytes), "\(vector.id)")
    }
    #expect(file.vectors.count == file.count && file.count > 40)
}

private struct ChecksumExpected: Decodable, Sendable {
    let crc: String
    let trailer: Hex?
}
