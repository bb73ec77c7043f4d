package import NIOCore

/// The trailer of frames on a connection that agreed on checksums.
package enum FrameTrailer {
    /// A big-endian CRC-32C of all the frame's bytes before it.
    package static let byteCount = 4
}

extension ByteBuffer {
    /// The whole frames of this buffer with a checksum behind each; a WELCOME stays as it is,
    /// since it is what agrees on checksums.
    ///
    /// Done once, when frames leave: what writes them needn't know. O(bytes), one copy.
    ///
    /// - Precondition: the buffer holds whole frames and nothing else.
    package func sealed() -> ByteBuffer {
        var rest = self
        var sealed = ByteBuffer()
        sealed.reserveCapacity(readableBytes + readableBytes / 8 + 64)
        while let header = FrameHeader(peeking: rest),
            let frame = rest.readSlice(length: Int(header.length) + 4)
        {
            guard header.type != FrameType.welcome.rawValue else {
                sealed.writeImmutableBuffer(frame)
                continue
            }
            let start = sealed.writerIndex
            sealed.writeMultipleIntegers(
                header.length + UInt32(FrameTrailer.byteCount), header.type,
                header.flags.union(.checksum).rawValue)
            var behindFlags = frame
            behindFlags.moveReaderIndex(forwardBy: 6)
            sealed.writeImmutableBuffer(behindFlags)
            let checksum = CRC32C.checksum(
                sealed.readableBytesSpan.extracting(start..<sealed.writerIndex))
            sealed.writeInteger(checksum)
        }
        precondition(rest.readableBytes == 0, "Only whole frames are sealed.")
        return sealed
    }
}
