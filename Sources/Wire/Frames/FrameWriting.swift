package import NIOCore

extension ByteBuffer {
    /// Writes a frame that its receiver skips, whatever it holds.
    package mutating func writeIgnorableFrame(type: UInt8, body: ByteBuffer) {
        precondition(type >= FrameType.firstIgnorable, "A frame of this type is not skipped.")
        let zero = UInt32(0)
        writeMultipleIntegers(
            FrameHeader.lengthMin + UInt32(clamping: body.readableBytes), type, UInt8(0),
            UInt16(0), zero, zero)
        writeImmutableBuffer(body)
    }

    /// Writes a frame of known size: header, metadata if there is any, body.
    package mutating func writeFrame(
        _ type: FrameType, flags: FrameFlags = [], a: UInt16 = 0, stream: UInt32 = 0,
        b: UInt32 = 0, metadata: Metadata? = nil, body: ByteBuffer = ByteBuffer()
    ) {
        writeFrameHead(
            type, flags: flags, a: a, stream: stream, b: b, metadata: metadata,
            bodyByteCount: body.readableBytes)
        writeImmutableBuffer(body)
    }

    /// Writes a frame up to its body, with a metadata block that was encoded before: a batch of
    /// answers that all say the same of themselves encodes it once.
    package mutating func writeFrameHead(
        _ type: FrameType, a: UInt16, stream: UInt32, b: UInt32, metadataBlock: ByteBuffer,
        bodyByteCount: Int
    ) {
        writeMultipleIntegers(
            FrameHeader.lengthMin
                + UInt32(clamping: metadataBlock.readableBytes + bodyByteCount),
            type.rawValue, FrameFlags.metadata.rawValue, a, stream, b)
        writeImmutableBuffer(metadataBlock)
    }

    /// Writes a frame up to its body, whose `bodyByteCount` bytes the caller writes next.
    package mutating func writeFrameHead(
        _ type: FrameType, flags: FrameFlags = [], a: UInt16 = 0, stream: UInt32 = 0,
        b: UInt32 = 0, metadata: Metadata? = nil, bodyByteCount: Int
    ) {
        let entries = metadata?.entriesByteCount ?? 0
        let block = entries == 0 ? 0 : entries + 2
        writeMultipleIntegers(
            FrameHeader.lengthMin + UInt32(clamping: block + bodyByteCount), type.rawValue,
            entries == 0 ? flags.rawValue : flags.union(.metadata).rawValue, a, stream, b)
        if let metadata, entries > 0 { metadata.write(to: &self) }
    }
}
