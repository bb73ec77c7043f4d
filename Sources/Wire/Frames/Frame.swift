package import NIOCore

/// One whole frame: its header, and what stands behind it.
package struct Frame: Hashable, Sendable {
    package let type: FrameType
    package let flags: FrameFlags
    package let a: UInt16
    package let stream: UInt32
    package let b: UInt32
    /// Metadata block (if ``flags`` say so), then body. Shares memory with what was received: copy
    /// what is to outlive the read.
    package var payload: ByteBuffer

    package init(
        type: FrameType, flags: FrameFlags = [], a: UInt16 = 0, stream: UInt32 = 0, b: UInt32 = 0,
        payload: ByteBuffer = ByteBuffer()
    ) {
        self.type = type
        self.flags = flags
        self.a = a
        self.stream = stream
        self.b = b
        self.payload = payload
    }

    package var payloadByteCount: Int { payload.readableBytes }

    /// The frame's size as its length field counts it.
    package var length: Int { payload.readableBytes + Int(FrameHeader.lengthMin) }

    /// That a PING or PONG has eight bytes and nothing else (FR-06).
    package func checkPing() throws(ProtocolViolation) {
        guard stream == 0, payloadByteCount == 8, a == 0, b == 0 else { throw .badPing }
    }
}

/// What a ``FrameDecoder`` found.
package enum DecodedFrame: Hashable, Sendable {
    case frame(Frame)
    /// A frame of a type that may be skipped was skipped; it counts as a control frame.
    case skipped(type: UInt8)
    /// The frame isn't complete yet.
    case incomplete
}
