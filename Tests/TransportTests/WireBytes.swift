import NIOCore
import TandemCore
import Wire
import WireMessages

/// What a client of these tests sends.
enum WireBytes {
    /// Preface and HELLO with the test service's methods.
    static func opening(
        role: ConnectionRole = .query, window: UInt32 = 0, maxFrame: UInt32 = 0,
        features: [String] = []
    ) -> ByteBuffer {
        var bytes = ByteBuffer()
        Preface(role: role).write(to: &bytes)
        var hello = Hello()
        hello.methods = TestService.names
        hello.initialWindow = window
        hello.maxFrame = maxFrame
        hello.features = features
        bytes.writeFrame(.hello, body: hello.body())
        return bytes
    }

    static func request(
        _ method: TestService.Method, stream: UInt32, body: ByteBuffer = ByteBuffer(),
        key: IdempotencyKey? = nil
    ) -> ByteBuffer {
        var metadata = Metadata()
        metadata.idempotencyKey = key
        var bytes = ByteBuffer()
        bytes.writeFrame(
            .request, a: method.index, stream: stream, metadata: metadata, body: body)
        return bytes
    }

    static func page(stream: UInt32, count: UInt32, size: UInt32) -> ByteBuffer {
        var body = ByteBuffer()
        body.writeMultipleIntegers(count, size)
        return request(.page, stream: stream, body: body)
    }

    static func spend(stream: UInt32, turns: UInt32) -> ByteBuffer {
        request(.spend, stream: stream, body: ByteBuffer(integer: turns))
    }

    static func grow(stream: UInt32, to size: UInt32) -> ByteBuffer {
        request(.grow, stream: stream, body: ByteBuffer(integer: size))
    }

    static func frame(
        _ type: FrameType, flags: FrameFlags = [], a: UInt16 = 0, stream: UInt32 = 0,
        b: UInt32 = 0, body: ByteBuffer = ByteBuffer()
    ) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeFrame(type, flags: flags, a: a, stream: stream, b: b, body: body)
        return bytes
    }

    static func joined(_ parts: [ByteBuffer]) -> ByteBuffer {
        var bytes = ByteBuffer()
        for part in parts { bytes.writeImmutableBuffer(part) }
        return bytes
    }
}

extension Frame {
    var goAwayMessage: String { (try? GoAway(body: payload, of: .goAway))?.message ?? "" }
    var errorReason: String { (try? ErrorDetails(body: payload, of: .error))?.info.reason ?? "" }
    var status: StatusCode? { StatusCode(rawValue: a) }
}
