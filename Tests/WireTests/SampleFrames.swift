import NIOCore
import TandemCore
import Wire

/// One frame of each type that a peer may send, with and without metadata and body.
enum SampleFrames {
    static var all: [ByteBuffer] {
        var metadata = Metadata()
        metadata.traceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        metadata.idempotencyKey = IdempotencyKey(high: 1, low: 2)
        metadata.token = ConsistencyToken(
            epoch: LogEpoch(rawValue: 3), position: LogPosition(rawValue: 4))
        let body = ByteBuffer(string: "a body")
        return [
            frame(.hello, body: body), frame(.welcome, body: body),
            frame(.request, a: 7, stream: 1, b: 1_000, metadata: metadata, body: body),
            frame(.request, a: 7, stream: 2),
            frame(.response, flags: .replayed, stream: 1, metadata: metadata, body: body),
            frame(.item, a: 2, stream: 3, b: 99, body: body), frame(.item, stream: 3),
            frame(.end, stream: 3, metadata: metadata), frame(.error, a: 5, stream: 4, body: body),
            frame(.cancel, stream: 5), frame(.credit, stream: 5, b: .max),
            frame(.ping, body: ByteBuffer(integer: UInt64.max)),
            frame(.pong, body: ByteBuffer(integer: UInt64.zero)),
            frame(.goAway, flags: .hard, a: 3, stream: 6, body: body),
            ignorable(type: 0x80), ignorable(type: 0xFF, body: body),
        ]
    }

    static func frame(
        _ type: FrameType, flags: FrameFlags = [], a: UInt16 = 0, stream: UInt32 = 0,
        b: UInt32 = 0, metadata: Metadata? = nil, body: ByteBuffer = ByteBuffer()
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeFrame(
            type, flags: flags, a: a, stream: stream, b: b, metadata: metadata, body: body)
        return buffer
    }

    static func ignorable(type: UInt8, body: ByteBuffer = ByteBuffer()) -> ByteBuffer {
        raw(length: UInt32(12 + body.readableBytes), type: type, body: body)
    }

    static func raw(
        length: UInt32, type: UInt8, flags: UInt8 = 0, a: UInt16 = 0, stream: UInt32 = 0,
        b: UInt32 = 0, body: ByteBuffer = ByteBuffer()
    ) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(length, type, flags, a, stream, b)
        buffer.writeImmutableBuffer(body)
        return buffer
    }

    /// All frames of a buffer; throws what the decoder throws.
    static func decode(
        _ bytes: ByteBuffer, lengthMax: UInt32 = 1 << 20
    ) throws(ProtocolViolation) -> [DecodedFrame] {
        var decoder = FrameDecoder(lengthMax: lengthMax)
        var rest = bytes
        var frames: [DecodedFrame] = []
        while true {
            let next = try decoder.next(from: &rest)
            guard next != .incomplete else { return frames }
            frames.append(next)
        }
    }
}
