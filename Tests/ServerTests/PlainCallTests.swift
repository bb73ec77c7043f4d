import DocumentStore
import NIOCore
import NIOEmbedded
import Orders
import OrdersMessages
import SwiftProtobuf
import TandemCore
import TandemDomain
import TestSupport
import Testing
import Wire
import WireMessages

@testable import ReadServer
@testable import Transport

/// Calls that are answered many at a time get what they would get one by one.
struct PlainCallTests {
    private static let methods = [
        Orders.getOrder.name, Orders.getUser.name, Orders.getOrders.name, "tandem/none",
        "tandem.meta.v1.Meta/Health",
    ]

    private func document(_ id: UInt64, _ byteCount: Int) -> DocumentChange {
        var order = Tandem_Orders_V1_Order()
        order.orderID = id
        let body =
            id % 7 == 0
            ? StoredBody(encoding: .zlib, rawByteCount: byteCount, bytes: [UInt8(id % 256), 2, 3])
            : StoredBody(
                encoding: .identity, rawByteCount: byteCount,
                bytes: [UInt8](repeating: UInt8(id % 256), count: byteCount))
        return DocumentChange(
            collection: 0, key: order.documentKey,
            content: .put(body, indexKeys: order.indexKeys()), position: .beginning)
    }

    /// Orders 1 to 60; a few are longer than a plain answer may be, a few can't be read.
    private func port(answersPlainCalls: Bool) -> EmbeddedQueryPort {
        let port = EmbeddedQueryPort(answersPlainCalls: answersPlainCalls)
        let documents = (1...60 as ClosedRange<Int>).map { id in
            let byteCount = id.isMultiple(of: 11) ? 20_000 : id.isMultiple(of: 13) ? 0 : id
            return document(UInt64(id), byteCount)
        }
        port.store.publish(documents, position: LogPosition(rawValue: 1))
        return port
    }

    /// All that the port says to these segments.
    private func answers(
        _ segments: [ByteBuffer], _ hello: Hello, plainly: Bool
    ) throws -> [String] {
        let port = port(answersPlainCalls: plainly)
        let channel = try port.open()
        var bytes = ByteBuffer()
        Preface(role: .query).write(to: &bytes)
        bytes.writeFrame(.hello, body: hello.body())
        var answers = ByteBuffer()
        for segment in [bytes] + segments where channel.isActive {
            try channel.writeInbound(segment)
            // Between two turns others have theirs.
            for _ in 0..<8 { port.loop.advanceTime(by: .milliseconds(1)) }
            while var answer = try channel.readOutbound(as: ByteBuffer.self) {
                answers.writeBuffer(&answer)
            }
        }
        var frames: [String] = []
        while let header = FrameHeader(peeking: answers),
            let frame = answers.readSlice(length: Int(header.length) + 4)
        {
            let bytes = Array(frame.readableBytesView)
            // The details of an error stand in no order.
            frames.append(
                header.type == FrameType.error.rawValue
                    ? HexText.of(bytes.prefix(16) + bytes.dropFirst(16).sorted())
                    : HexText.of(bytes))
        }
        return frames
    }

    private func body(_ random: inout SeededGenerator) -> ByteBuffer {
        var bytes = ByteBuffer()
        switch random.below(12) {
        case 0: bytes.writeBytes([8])
        case 1: bytes.writeBytes([8, 5, 0x10, 7])
        case 2: bytes.writeBytes([8] + [UInt8](repeating: 0xFF, count: 9) + [1])
        case 3: bytes.writeBytes([0x0A, 1, 5])
        case 4: bytes.writeRepeatingByte(8, count: random.below(80))
        default: bytes.writeBytes([8, UInt8(random.below(70))])
        }
        return bytes
    }

    private func frames(_ random: inout SeededGenerator) -> ByteBuffer {
        var bytes = ByteBuffer()
        var stream: UInt32 = 0
        for _ in 0..<(1 + random.below(120)) {
            stream += random.below(60) == 0 ? 0 : UInt32(1 + random.below(3))
            var metadata = Metadata()
            if random.below(20) == 0 { metadata.maxStalenessMilliseconds = .max }
            switch random.below(30) {
            case 0: bytes.writeFrame(.ping, body: ByteBuffer(integer: UInt64(7)))
            case 1: bytes.writeFrame(.cancel, stream: max(1, stream))
            default:
                let method = random.below(3) == 0 ? random.below(7) : 0
                bytes.writeFrame(
                    .request, a: UInt16(method), stream: stream,
                    b: UInt32(random.below(2) * 5_000), metadata: metadata, body: body(&random))
            }
        }
        return bytes
    }

    private func cut(_ bytes: ByteBuffer, _ random: inout SeededGenerator) -> [ByteBuffer] {
        var rest = bytes
        var segments: [ByteBuffer] = []
        while rest.readableBytes > 0 {
            let length = min(rest.readableBytes, 1 + random.below(2_000))
            guard let segment = rest.readSlice(length: length) else { break }
            segments.append(segment)
        }
        return segments
    }

    @Test(arguments: [false, true])
    func `whatever is asked, the short way answers as the long one does`(acceptsZlib: Bool) throws {
        var random = SeededGenerator(seed: acceptsZlib ? 411 : 410)
        for round in 0..<60 {
            var hello = Hello()
            hello.methods = Self.methods
            hello.features = acceptsZlib ? [Feature.zlib] : []
            let segments = cut(frames(&random), &random)
            let short = try answers(segments, hello, plainly: true)
            let long = try answers(segments, hello, plainly: false)
            let difference = zip(short, long).first { $0 != $1 }
            #expect(difference == nil, "round \(round)")
            #expect(short.count == long.count, "round \(round)")
        }
    }

    /// Asks a port for orders, in one segment, on a connection that is new.
    private func ask(
        _ port: EmbeddedQueryPort, for ids: ClosedRange<UInt8>, acceptsZlib: Bool = false
    ) throws -> (QueryConnection, EmbeddedChannel) {
        let channel = try port.open()
        var hello = Hello()
        hello.methods = Self.methods
        hello.features = acceptsZlib ? [Feature.zlib] : []
        var bytes = ByteBuffer()
        Preface(role: .query).write(to: &bytes)
        bytes.writeFrame(.hello, body: hello.body())
        try channel.writeInbound(bytes)
        _ = try channel.readOutbound(as: ByteBuffer.self)
        var requests = ByteBuffer()
        for id in ids {
            requests.writeFrame(
                .request, stream: UInt32(id), body: ByteBuffer(bytes: [8, id]))
        }
        try channel.writeInbound(requests)
        let handler = try channel.pipeline.syncOperations.handler(type: ServerChannelHandler.self)
        return (try #require(handler.plainAnswerer as? QueryConnection), channel)
    }

    @Test func `the short way is taken, up to a long document and again behind it`() throws {
        let (query, _) = try ask(port(answersPlainCalls: true), for: 1...40)
        // Those behind number 33, the last long one.
        #expect(query.reader.lookUps.count == 7)
    }

    @Test func `a long document that is short as it is sent goes the short way`() throws {
        let port = EmbeddedQueryPort()
        let documents = (1...10 as ClosedRange<UInt64>).map { id in
            var order = Tandem_Orders_V1_Order()
            order.orderID = id
            return DocumentChange(
                collection: 0, key: order.documentKey,
                content: .put(
                    StoredBody(encoding: .zlib, rawByteCount: 1 << 20, bytes: [1, 2, 3]),
                    indexKeys: order.indexKeys()), position: .beginning)
        }
        port.store.publish(documents, position: LogPosition(rawValue: 1))
        let (query, _) = try ask(port, for: 1...10, acceptsZlib: true)
        #expect(query.reader.lookUps.count == 10)
    }

    @Test func `no more is written at once than may wait to go out`() throws {
        var limits = WireLimits()
        limits.outboundPauseByteCount = 30_000
        let port = EmbeddedQueryPort(limits: limits)
        port.store.publish(
            (1...40 as ClosedRange<UInt64>).map { document($0, 10_000) },
            position: LogPosition(rawValue: 1))
        let (_, channel) = try ask(port, for: 1...40)
        var sizes: [Int] = []
        for _ in 0..<100 {
            port.loop.advanceTime(by: .milliseconds(1))
            while let bytes = try channel.readOutbound(as: ByteBuffer.self) {
                sizes.append(bytes.readableBytes)
            }
        }
        #expect(sizes.reduce(0, +) > 100_000)
        #expect(sizes.allSatisfy { $0 < 30_000 + 10_100 })
    }

    @Test func `nothing is answered plainly that has changes to be applied`() throws {
        let port = port(answersPlainCalls: true)
        port.store.publish([], position: LogPosition(rawValue: 2), overlay: Blanket())
        let (query, channel) = try ask(port, for: 1...1)
        let said = try #require(try channel.readOutbound(as: ByteBuffer.self))
        #expect(said.readableBytesView.suffix(3) == [7, 7, 7])
        #expect(query.reader.lookUps.count == 0)
    }
}

/// A change that every document awaits.
private final class Blanket: DocumentOverlay {
    func covers(_ document: StoredDocument, collection: Int) -> Bool { true }
    func present(_ raw: [UInt8], of document: StoredDocument, collection: Int) -> [UInt8]? {
        [7, 7, 7]
    }
}

extension SeededGenerator {
    fileprivate mutating func below(_ end: Int) -> Int { .random(in: 0..<end, using: &self) }
}
