import NIOCore
import SwiftProtobuf
import TandemCore
import TestMessages
import Transport
import Wire
import WireMessages

/// The Stream calls of one connection. On its event loop only.
///
/// A short answer is written at once, as the pages of queries are. A long one is made item by item,
/// as credit and room allow: no more than the item that is being sent is ever held.
final class ItemStreams {
    private struct Call {
        let sizes: [UInt32]
        let failure: StatusCode?
        var next = 0
    }

    /// Frames of an answer that is written at once.
    private static let pageByteCountMax = 64 << 10
    private static let itemCountMax = 4_096
    private static let itemByteCountMax = 2 << 20
    private static let totalByteCountMax = 16 << 20

    private let port: ServerPort
    private var calls: [UInt32: Call] = [:]

    init(_ port: ServerPort) {
        self.port = port
    }

    func begin(
        _ request: ServerRequest, _ replies: inout ReplyWriter
    ) throws(Rejection) -> Disposition {
        let asked = try Tandem_Test_V1_StreamRequest(requestBody: request.body)
        let failure: StatusCode? =
            asked.failCode == 0 ? nil : try StatusCode(failing: asked.failCode)
        let stream = request.stream
        let totalByteCount = try Self.totalByteCount(of: asked.sizes)
        guard totalByteCount + asked.sizes.count * FrameHeader.byteCount > Self.pageByteCountMax
        else {
            for (index, size) in asked.sizes.enumerated() {
                replies.beginItem(stream, bodyByteCount: Int(size))
                replies.buffer.writeImmutableBuffer(ItemPattern.item(index, byteCount: Int(size)))
            }
            Self.end(stream, failure, &replies)
            return .paged
        }
        calls[stream] = Call(sizes: asked.sizes, failure: failure)
        // Not now: within the handler nothing may be written to the port.
        let bound = NIOLoopBound(self, eventLoop: port.eventLoop)
        port.eventLoop.execute { _ = bound.value.resume(stream) }
        return .pending
    }

    private static func totalByteCount(of sizes: [UInt32]) throws(Rejection) -> Int {
        var total = 0
        var isTooLong = sizes.count > itemCountMax
        for size in sizes {
            total += Int(size)
            if Int(size) > itemByteCountMax { isTooLong = true }
        }
        guard !isTooLong, total <= totalByteCountMax else {
            throw Rejection(
                .invalidArgument, reason: "STREAM_TOO_LONG",
                message: "A stream has \(itemCountMax) items at the most, each of "
                    + "\(itemByteCountMax) bytes at the most, \(totalByteCountMax) together.")
        }
        return total
    }

    /// Sends what may go out; `false` if it isn't one of these calls.
    func resume(_ stream: UInt32) -> Bool {
        // Taken out while it is at work: sending may call back.
        guard var call = calls[stream] else { return false }
        while call.next < call.sizes.count {
            guard port.maySendItem(on: stream) else {
                calls[stream] = call
                port.flush()
                return true
            }
            let isOpen = port.sendItem(
                stream, encoding: EncodingID.identity, rawByteCount: 0,
                body: ItemPattern.item(call.next, byteCount: Int(call.sizes[call.next])))
            guard isOpen else { break }
            call.next += 1
        }
        calls[stream] = nil
        port.finish(stream) { Self.end(stream, call.failure, &$0) }
        port.flush()
        return true
    }

    private static func end(
        _ stream: UInt32, _ failure: StatusCode?, _ replies: inout ReplyWriter
    ) {
        guard let failure else {
            replies.end(stream, StreamEnd(), metadata: nil)
            return
        }
        replies.error(
            stream,
            Rejection(failure, reason: "STREAM_FAILED", message: "The stream failed, as asked."),
            isNotProcessed: false)
    }

    /// Ends a call before its end; `false` if it isn't one of these.
    func end(_ stream: UInt32, because reason: Rejection) -> Bool {
        guard calls.removeValue(forKey: stream) != nil else { return false }
        port.finish(stream) { $0.error(stream, reason, isNotProcessed: false) }
        return true
    }

    func forgetAll() {
        calls = [:]
    }
}

/// What items consist of: byte k of item i is (i + k) mod 251.
enum ItemPattern {
    private static let period = 251

    /// All items are slices of this one: making an item copies nothing.
    private static let bytes = ByteBuffer(
        bytes: (0..<(2 << 20) + period).map { UInt8($0 % period) })

    static func item(_ index: Int, byteCount: Int) -> ByteBuffer {
        guard let item = bytes.getSlice(at: index % period, length: byteCount) else {
            preconditionFailure("An item is longer than its call was admitted with.")
        }
        return item
    }
}
