package import NIOCore

/// Cuts a byte stream into frames, refusing hostile ones before their bytes are awaited.
///
/// Holds no bytes itself: the caller keeps what was received, and calls again when there is more.
/// Never reserves memory by a length that a peer promised.
package struct FrameDecoder: Sendable {
    /// The longest frame accepted, as its length field counts.
    package var lengthMax: UInt32
    /// Whether the peer's frames end with a checksum.
    package var checksums = Checksums.notAgreed

    package enum Checksums: Hashable, Sendable {
        /// The flag that says so is undefined on this connection.
        case notAgreed
        /// Frames that were sent before the peer heard of the agreement have none.
        case awaited
        /// From here on every frame has one.
        case required
    }

    package init(lengthMax: UInt32) {
        precondition(
            lengthMax >= FrameHeader.lengthMin && lengthMax <= FrameHeader.lengthCeiling,
            "A frame limit lies between 12 bytes and the ceiling of 16 MiB.")
        self.lengthMax = lengthMax
    }

    /// Takes the next frame off the front of `buffer`.
    ///
    /// O(1), the payload being a slice of the buffer; O(frame) with a checksum.
    package mutating func next(
        from buffer: inout ByteBuffer
    ) throws(ProtocolViolation) -> DecodedFrame {
        guard let header = FrameHeader(peeking: buffer) else {
            // A hostile length shows in the first four bytes; don't wait for the other twelve.
            if let length = buffer.peekInteger(as: UInt32.self) { try check(length: length) }
            return .incomplete
        }
        try check(length: header.length)
        let trailerByteCount = try self.trailerByteCount(of: header)
        let total = Int(header.length) + 4
        var flags = header.flags
        if trailerByteCount > 0 {
            // First of all: what was damaged on the way says nothing about the peer.
            guard buffer.readableBytes >= total else { return .incomplete }
            try verifyChecksum(of: buffer, header.type, total)
            flags.remove(.checksum)
        }
        let type = try admittedType(of: header, flags, trailerByteCount)
        guard buffer.readableBytes >= total else { return .incomplete }
        guard let type else {
            buffer.moveReaderIndex(forwardBy: total)
            return .skipped(type: header.type)
        }
        buffer.moveReaderIndex(forwardBy: FrameHeader.byteCount)
        let payloadByteCount = total - FrameHeader.byteCount - trailerByteCount
        guard let payload = buffer.readSlice(length: payloadByteCount) else {
            preconditionFailure("The bytes of a frame were counted, and then were not there.")
        }
        buffer.moveReaderIndex(forwardBy: trailerByteCount)
        return .frame(
            Frame(
                type: type, flags: flags, a: header.a, stream: header.stream, b: header.b,
                payload: payload))
    }

    /// The frame's type, if its header is as that type's must be; `nil` for one to be skipped.
    private func admittedType(
        of header: FrameHeader, _ flags: FrameFlags, _ trailerByteCount: Int
    ) throws(ProtocolViolation) -> FrameType? {
        guard let type = FrameType(rawValue: header.type) else {
            guard header.type >= FrameType.firstIgnorable else {
                throw .unknownFrameType(header.type)
            }
            return nil
        }
        guard flags.isSubset(of: .allowed(on: type)) else {
            throw .reservedFlags(type: header.type, flags: header.flags.rawValue)
        }
        guard header.isReservedZero(on: type, trailerByteCount: trailerByteCount) else {
            throw .reservedField(type)
        }
        return type
    }

    private func check(length: UInt32) throws(ProtocolViolation) {
        guard length >= FrameHeader.lengthMin else { throw .frameTooShort(length: length) }
        guard length <= lengthMax else {
            throw .frameTooLong(length: length, lengthMax: lengthMax)
        }
    }

    /// How many of the frame's last bytes are its checksum.
    private func trailerByteCount(of header: FrameHeader) throws(ProtocolViolation) -> Int {
        switch checksums {
        case .notAgreed:
            // On every type, skipped ones too: whoever sets it means something by it.
            guard !header.flags.contains(.checksum) else {
                throw .reservedFlags(type: header.type, flags: header.flags.rawValue)
            }
            return 0
        case .awaited:
            guard header.flags.contains(.checksum) else { return 0 }
        case .required:
            guard header.flags.contains(.checksum) else {
                throw .missingChecksum(type: header.type)
            }
        }
        guard Int(header.length) >= Int(FrameHeader.lengthMin) + FrameTrailer.byteCount else {
            throw .frameTooShort(length: header.length)
        }
        return FrameTrailer.byteCount
    }

    private mutating func verifyChecksum(
        of buffer: ByteBuffer, _ type: UInt8, _ total: Int
    ) throws(ProtocolViolation) {
        let covered = total - FrameTrailer.byteCount
        let sent: UInt32? = buffer.getInteger(at: buffer.readerIndex + covered)
        guard sent == CRC32C.checksum(buffer.readableBytesSpan.extracting(0..<covered)) else {
            throw .badChecksum(type: type)
        }
        checksums = .required
    }
}
