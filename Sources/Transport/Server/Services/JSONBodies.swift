import ConnectionState
import NIOCore
import SwiftProtobuf
import TandemCore
import Wire

/// The bodies of a connection that speaks JSON. The port's service knows nothing of it: requests
/// come to it as protobuf, and what it has written is rewritten before it leaves.
final class JSONBodies {
    private let table: MethodTable
    private let elementCountMax: Int
    /// The methods of open calls, by stream.
    private var methods: [UInt32: Int] = [:]

    init(_ table: MethodTable, elementCountMax: Int) {
        self.table = table
        self.elementCountMax = elementCountMax
    }

    /// A request's body as protobuf; an empty one stands for an empty object.
    func request(
        _ body: ByteBuffer, _ method: Int, _ traits: MethodTraits, stream: UInt32
    ) throws(Rejection) -> ByteBuffer {
        guard let type = table.messages(method)?.request else {
            throw .withoutJSON(table.names[method])
        }
        guard JSONScan.elementCount(in: body, elementCountMax: elementCountMax) != nil else {
            throw Refusal.tooManyElements(countMax: elementCountMax).rejection
        }
        let bytes = try type.protobuf(ofJSON: Array(body.readableBytesView))
        guard bytes.count <= traits.bodyByteCountMax else {
            throw Refusal.bodyTooLong(
                byteCount: bytes.count, byteCountMax: traits.bodyByteCountMax
            ).rejection
        }
        methods[stream] = method
        return ByteBuffer(bytes: bytes)
    }

    /// The call has its final frame.
    func ended(_ stream: UInt32) {
        methods[stream] = nil
        // A dictionary keeps the room that it once needed.
        if methods.isEmpty, methods.capacity > 64 { methods = [:] }
    }

    /// Rewrites the responses and items that were written for a stream from `start` on; if one of
    /// them has no JSON, an error takes the place of them all, and the return value is false.
    @discardableResult
    func rewrite(_ replies: inout ReplyWriter, from start: Int, stream: UInt32) -> Bool {
        let byteCount = replies.buffer.writerIndex - start
        guard byteCount > 0, let written = replies.buffer.viewBytes(at: start, length: byteCount)
        else { return true }
        var frames = ByteBuffer(bytes: written)
        replies.buffer.moveWriterIndex(to: start)
        do throws(Rejection) {
            while let frame = Self.next(&frames) { try write(frame, to: &replies.buffer) }
            return true
        } catch {
            replies.buffer.moveWriterIndex(to: start)
            replies.error(
                stream, error, isNotProcessed: false, retryAfterMilliseconds: retryNever)
            return false
        }
    }

    private static func next(_ frames: inout ByteBuffer) -> Frame? {
        var decoder = FrameDecoder(lengthMax: FrameHeader.lengthCeiling)
        // They are ours, and whole.
        guard case .frame(let frame)? = try? decoder.next(from: &frames) else { return nil }
        return frame
    }

    private func write(_ frame: Frame, to buffer: inout ByteBuffer) throws(Rejection) {
        var body = frame.payload
        guard frame.type == .response || frame.type == .item else {
            buffer.writeFrameHead(like: frame, payloadByteCount: body.readableBytes)
            buffer.writeImmutableBuffer(body)
            return
        }
        var block = ByteBuffer()
        if frame.flags.contains(.metadata),
            let length = body.getInteger(at: body.readerIndex, as: UInt16.self)
        {
            block = body.readSlice(length: Int(length) + 2) ?? block
        }
        guard let messages = methods[frame.stream].flatMap(table.messages) else {
            throw Self.hasNoJSON("it was not asked for in JSON")
        }
        let json = try Self.json(body, messages.reply)
        buffer.writeFrameHead(like: frame, payloadByteCount: block.readableBytes + json.count)
        buffer.writeImmutableBuffer(block)
        buffer.writeBytes(json)
    }

    private static func json(
        _ body: ByteBuffer, _ type: any Message.Type
    ) throws(Rejection) -> [UInt8] {
        do {
            let message = try type.init(serializedBytes: Array(body.readableBytesView))
            var options = JSONEncodingOptions()
            options.useDeterministicOrdering = true
            return try message.jsonUTF8Bytes(options: options)
        } catch {
            throw hasNoJSON("\(error)")
        }
    }

    private static func hasNoJSON(_ cause: String) -> Rejection {
        Rejection(
            .internal, reason: TandemReason.answerNotJSON.rawValue,
            message: "The answer has no form in JSON (\(cause)); ask for it as protobuf.")
    }
}

extension Message {
    /// The protobuf of a JSON text: the same bytes each time.
    fileprivate static func protobuf(ofJSON text: [UInt8]) throws(Rejection) -> [UInt8] {
        do {
            let message = text.isEmpty ? Self() : try Self(jsonUTF8Bytes: text)
            var options = BinaryEncodingOptions()
            options.useDeterministicOrdering = true
            return try message.serializedBytes(options: options)
        } catch {
            throw Rejection(
                .invalidArgument, reason: TandemReason.malformedRequest.rawValue,
                message: "The request's body is not the JSON of a \(protoMessageName): "
                    + Self.text(of: error),
                metadata: ["message": protoMessageName])
        }
    }

    private static func text(of error: any Error) -> String {
        switch error as? JSONDecodingError {
        case .unknownField(let name): "it has no field \(name)."
        case .malformedNumber, .numberRange: "a number is none, or out of its field's range."
        case .unrecognizedEnumValue: "an enum has no such value."
        case .invalidUTF8: "it is not UTF-8."
        case .malformedTimestamp: "a time is no text like \"2026-01-31T12:00:00Z\"."
        case .malformedDuration: "a duration is no text like \"1.5s\"."
        case .malformedString: "a text is none, or one stands where an object or a time is due."
        case .malformedBool: "a bool is neither true nor false."
        default: "\(error)."
        }
    }
}

extension Rejection {
    fileprivate static func withoutJSON(_ method: String) -> Rejection {
        Rejection(
            .unimplemented, reason: TandemReason.unknownMethod.rawValue,
            message: "\(method) can't be called in JSON; open a connection without that feature.",
            metadata: ["method": method])
    }
}
