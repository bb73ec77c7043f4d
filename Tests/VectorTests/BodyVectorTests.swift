import Compression
import Crypto
import Foundation
import NIOCore
import SwiftProtobuf
import Testing
import Wire
import WireMessages

@testable import Transport

private struct Setup: Decodable, Sendable {
    let encoding: UInt16
    let b: UInt32
    let zlib: Bool
    let dictionaries: [String]
    let maxRaw: UInt32
}

private struct Expected: Decodable, Sendable {
    let byteCount: Int
    let sha256: Hex
    let raw: Hex?
}

private struct DictionarySetup: Decodable, Sendable {
    /// The names that HELLO named.
    let held: [Hex]
}

private struct DictionaryExpected: Decodable, Sendable {
    let sha256: Hex
    let dictid: String?
    let byteCount: Int?
    let source: String
}

private typealias DictionaryFile = VectorFile<DictionarySetup, DictionaryExpected>
private typealias OfferedDictionary = Tandem_Control_V1_Dictionary

private func welcome(_ dictionaries: [OfferedDictionary], zlib: Bool = true) -> Welcome {
    var welcome = Welcome.withOneMethod
    welcome.features = zlib ? [Feature.zlib] : []
    welcome.dictionaries = dictionaries
    return welcome
}

@Test func `dictionaries are taken and refused as the vectors say`() throws {
    let file = try DictionaryFile.load("dictionaries")
    // Those that need a client with a dictionary in hand are for the client's own tests.
    let vectors = file.vectors.filter { $0.expected?.source != "held" }
    for vector in vectors {
        let offered = try OfferedDictionary(serializedBytes: vector.input.bytes)
        let client = EmbeddedClient(welcome: welcome([offered]))
        #expect((client.violation == nil) == (vector.result == .valid), "\(vector.id)")
        guard let expected = vector.expected, vector.violation == nil else { continue }
        let loaded = CompressionDictionary(bytes: Array(offered.content))
        #expect(loaded.sha256 == expected.sha256.bytes, "\(vector.id)")
        #expect(loaded.bytes.count == expected.byteCount, "\(vector.id)")
        #expect(loaded.adler32 == expected.dictid.flatMap { UInt32($0, radix: 16) }, "\(vector.id)")
    }
    #expect(file.vectors.count == file.count && vectors.count >= file.count - 1)
}

@Test func `bodies are inflated and refused as the vectors say`() throws {
    let file = try VectorFile<Setup, Expected>.load("bodies")
    let offered = try DictionaryFile.load("dictionaries").vectors
        .reduce(into: [:]) { offered, vector in
            offered[vector.id] = try OfferedDictionary(serializedBytes: vector.input.bytes)
        }
    for vector in file.vectors {
        let setup = vector.setup
        let client = EmbeddedClient(acceptsZlib: setup.zlib)
        client.receive(
            welcomeBytes(
                try setup.dictionaries.map { try #require(offered[$0]) }, zlib: setup.zlib))
        let call = client.call(method: 0)
        client.receive(
            Frame(
                type: .response, a: setup.encoding, stream: 1, b: setup.b,
                payload: vector.input.buffer))
        switch (call.result, vector.result) {
        case (.success(let success), .valid):
            let raw = Array(success.body.readableBytesView)
            #expect(raw.count == vector.expected?.byteCount, "\(vector.id)")
            #expect(
                Array(SHA256.hash(data: raw)) == vector.expected?.sha256.bytes, "\(vector.id)")
            if let expected = vector.expected?.raw { #expect(raw == expected.bytes) }
        case (.failure, .invalid):
            #expect(client.violation?.code.rawValue == vector.violation?.code, "\(vector.id)")
            #expect(client.violation?.reason == vector.violation?.reason, "\(vector.id)")
        default:
            Issue.record("\(vector.id): \(String(describing: call.result))")
        }
        #expect(setup.maxRaw == ClientConfiguration.bodyByteCountMaxOfAll)
    }
    #expect(file.vectors.count == file.count && file.count > 50)
}

private func welcomeBytes(_ dictionaries: [OfferedDictionary], zlib: Bool) -> ByteBuffer {
    var bytes = ByteBuffer()
    bytes.writeFrame(.welcome, body: welcome(dictionaries, zlib: zlib).body())
    return bytes
}

extension ClientConfiguration {
    /// What the vectors take for granted that a client is ready to hold.
    fileprivate static var bodyByteCountMaxOfAll: UInt32 {
        ClientConfiguration(role: .query, methods: [], clientName: "").bodyByteCountMax
    }
}
