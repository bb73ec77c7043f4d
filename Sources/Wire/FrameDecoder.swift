package import NIOCore

/// Cuts a byte stream into frames, refusing hostile ones before their bytes are awaited.
///
/// Holds no bytes itself: the caller keeps what was received, and calls again when there is more.
/// Never reserves memory by a length that a peer promised.
package struct FrameDecoder: Sendable {
    /// The longest frame accepted, as its length field counts.
    package var lengthMax: UInt32

    package init(lengthMax: UInt32) {
        precondition(
            lengthMax >= FrameHeader.lengthMin && lengthMax <= FrameHeader.lengthCeiling,
            "A frame limit lies between 12 bytes and the ceiling of 16 MiB.")
        self.lengthMax = lengthMax
    }

    /// Takes the next frame off the front of `buffer`.
    ///
    /// O(1): the payload is a slice of the buffer.
    package func next(from buffer: inout ByteBuffer) throws(ProtocolViolation) -> DecodedFrame {
        guard let header = FrameHeader(peeking: buffer) else {
            // A hostile length shows in the first four bytes; don't wait for the other twelve.
            if let length = buffer.peekInteger(as: UInt32.self) { try check(length: length) }
            return .incomplete
        }
        try check(length: header.length)
        let type = FrameType(rawValue: header.type)
        if let type {
            guard header.flags.isSubset(of: .allowed(on: type)) else {
                throw .reservedFlags(type: header.type, flags: header.flags.rawValue)
            }
            guard header.isReservedZero(on: type) else { throw .reservedField(type) }
        } else if header.type < FrameType.firstIgnorable {
            throw .unknownFrameType(header.type)
        }

        let total = Int(header.length) + 4
        guard buffer.readableBytes >= total else { return .incomplete }
        guard let type else {
            buffer.moveReaderIndex(forwardBy: total)
            return .skipped(type: header.type)
        }
        buffer.moveReaderIndex(forwardBy: FrameHeader.byteCount)
        guard let payload = buffer.readSlice(length: total - FrameHeader.byteCount) else {
            preconditionFailure("The bytes of a frame were counted, and then were not there.")
        }
        return .frame(
            Frame(
                type: type, flags: header.flags, a: header.a, stream: header.stream, b: header.b,
                payload: payload))
    }

    private func check(length: UInt32) throws(ProtocolViolation) {
        guard length >= FrameHeader.lengthMin else { throw .frameTooShort(length: length) }
        guard length <= lengthMax else {
            throw .frameTooLong(length: length, lengthMax: lengthMax)
        }
    }
}
