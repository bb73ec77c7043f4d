import Foundation
import NIOCore
import SwiftProtobuf
import TestSupport
import Testing
import WireMessages

@testable import Wire

private typealias Batch = Tandem_Feed_V1_FeedBatch

/// How many elements a message has, as far as anybody counts.
private func elementCount(
    in bytes: [UInt8], of type: any Message.Type, max: Int = .max
) -> Int? {
    MessageScan.elementCount(
        in: ByteBuffer(bytes: bytes), of: MessageShape(of: type), elementCountMax: max)
}

private func elementCount(in message: some Message) throws -> Int? {
    try elementCount(in: message.serializedBytes(), of: type(of: message))
}

/// A tag, its varint being one byte.
private func tag(_ field: UInt8, _ wireType: UInt8) -> UInt8 { field << 3 | wireType }

@Test func `fields are counted, also those of messages inside`() throws {
    var batch = Batch()
    #expect(try elementCount(in: batch) == 0)
    batch.headPosition = 9
    #expect(try elementCount(in: batch) == 1)
    batch.events = (1...3 as ClosedRange<UInt64>).map { number in
        var event = Tandem_Feed_V1_FeedEvent()
        event.position = number
        event.payload = Data(repeating: 8, count: 500)
        return event
    }
    #expect(try elementCount(in: batch) == 1 + 3 * 3, "bytes are one field, whatever they hold")
}

@Test func `the entries of maps and messages that contain themselves are looked into`() throws {
    var list = Google_Protobuf_ListValue()
    for _ in 0..<5 { list.values.append(Google_Protobuf_Value(numberValue: 1)) }
    var root = Google_Protobuf_Struct()
    root.fields["list"] = Google_Protobuf_Value(listValue: list)
    // Entry; key, value; list_value; five values with a number each.
    #expect(try elementCount(in: root) == 1 + 2 + 1 + 5 * 2)
    var error = ErrorDetails()
    error.info.metadata = ["a": "b", "c": "d"]
    #expect(try elementCount(in: error) == 1 + 2 * 3)
}

@Test func `the numbers of a packed list are counted one by one`() throws {
    var location = Google_Protobuf_SourceCodeInfo.Location()
    location.path = [1, 128, 300, 70_000]
    #expect(try elementCount(in: location) == 1 + 4)
}

@Test func `unknown fields and groups are counted, and what groups hold`() {
    let unknown: [UInt8] = [tag(15, 0), 1, tag(15, 5), 0, 0, 0, 0, tag(15, 2), 1, 0xFF]
    #expect(elementCount(in: unknown, of: Batch.self) == 3)
    let group: [UInt8] = [tag(15, 3), tag(1, 2), 2, 8, 0, tag(2, 3), tag(2, 4), tag(15, 4)]
    #expect(elementCount(in: group, of: Batch.self) == 5, "each end counts as well")
}

@Test(arguments: [
    ("empty events", [tag(1, 2), 0]), ("groups", [tag(15, 3), tag(15, 4)]),
    ("unknown fields", [tag(15, 0), 0]),
] as [(String, [UInt8])])
func `1 MiB of the least that a field can be is too much`(what: String, unit: [UInt8]) {
    let field = eventsField
    let start: UInt8 = what == "empty events" ? tag(field, 2) : unit[0]
    var bytes = [UInt8](repeating: start, count: 1 << 20)
    for index in stride(from: 1, to: bytes.count, by: 2) { bytes[index] = unit[1] }
    #expect(elementCount(in: bytes, of: Batch.self, max: 16_384) == nil)
    #expect(elementCount(in: Array(bytes.prefix(16_384)), of: Batch.self, max: 16_384) != nil)
    let inside = [tag(field, 2), 0x80, 0x80, 0x40] + bytes
    #expect(elementCount(in: inside, of: Batch.self, max: 16_384) == nil, "in one event of 1 MiB")
}

/// The number of the field that holds events.
private let eventsField: UInt8 = {
    var batch = Batch()
    batch.events = [Tandem_Feed_V1_FeedEvent()]
    let bytes: [UInt8] = (try? batch.serializedBytes()) ?? [0]
    return bytes[0] >> 3
}()

@Test func `nesting beyond what is decoded is not followed`() {
    var bytes: [UInt8] = []
    for _ in 0..<40 { bytes = [tag(15, 3)] + bytes + [tag(15, 4)] }
    #expect(elementCount(in: bytes, of: Batch.self) == 80)
    let deep = Array(repeating: tag(15, 3), count: 1_000_000)
    #expect(elementCount(in: deep, of: Batch.self) ?? .max <= 101)
}

/// What the scan stops at, no decoder gets past: else its count would be worth nothing.
@Test(arguments: 1...20 as ClosedRange<UInt64>)
func `whatever decodes was scanned to its end`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var file = Google_Protobuf_DescriptorProto()
    file.name = "a"
    file.nestedType = [Google_Protobuf_DescriptorProto.with { $0.reservedName = ["x", "y"] }]
    file.field = [Google_Protobuf_FieldDescriptorProto.with { $0.options.packed = true }]
    file.reservedRange = [.with { $0.start = 300 }]
    let valid: [UInt8] = try file.serializedBytes()
    let shape = MessageShape(of: Google_Protobuf_DescriptorProto.self)
    var decodedCount = 0
    for _ in 0..<2_000 {
        var bytes = valid
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            if Bool.random(using: &generator) {
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
            } else {
                bytes.insert(UInt8.random(in: 0...40, using: &generator), at: index)
            }
        }
        let scanned = MessageScan.scan(
            ByteBuffer(bytes: bytes), of: shape, elementCountMax: .max)
        guard (try? Google_Protobuf_DescriptorProto(serializedBytes: bytes)) != nil else {
            continue
        }
        decodedCount += 1
        #expect(scanned.isWhole, "seed \(seed): \(bytes)")
    }
    #expect(decodedCount > 0)
}

@Test func `what a peer sends is decoded without the fields that nobody knows`() throws {
    var batch = Batch()
    batch.headPosition = 7
    var bytes = ByteBuffer(bytes: try batch.serializedBytes() as [UInt8])
    bytes.writeBytes([tag(15, 2), 3, 1, 2, 3])
    let decoded = try Batch(peerBytes: bytes)
    #expect(decoded == batch)
    #expect(decoded.unknownFields.data.isEmpty)
}
