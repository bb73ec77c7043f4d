package import NIOCore

/// The fixed header of each frame: 16 bytes, big-endian.
///
/// | offset | field                                                        |
/// |-------:|--------------------------------------------------------------|
/// |      0 | u32 length: bytes after this field, at least 12              |
/// |      4 | u8 type                                                      |
/// |      5 | u8 flags                                                     |
/// |      6 | u16 a: method, encoding, status or code, by type             |
/// |      8 | u32 stream: 0 for what concerns the connection               |
/// |     12 | u32 b: timeout, raw length, retry-after, credit or grace     |
///
/// The hard ceiling of a frame is 16 MiB, so byte 0 is always 0.
package struct FrameHeader: Hashable, Sendable {
    package var length: UInt32
    package var type: UInt8
    package var flags: FrameFlags
    package var a: UInt16
    package var stream: UInt32
    package var b: UInt32

    package static let byteCount = 16
    /// The smallest length: the header's own rest.
    package static let lengthMin: UInt32 = 12
    /// No limit that is configured may exceed this.
    package static let lengthCeiling: UInt32 = 1 << 24 - 1

    package init(
        length: UInt32, type: UInt8, flags: FrameFlags = [], a: UInt16 = 0, stream: UInt32 = 0,
        b: UInt32 = 0
    ) {
        self.length = length
        self.type = type
        self.flags = flags
        self.a = a
        self.stream = stream
        self.b = b
    }

    /// The header at the reader index, without moving it; `nil` while it is incomplete.
    package init?(peeking buffer: ByteBuffer) {
        guard
            let (length, type, flags, a, stream, b) = buffer.peekMultipleIntegers(
                as: (UInt32, UInt8, UInt8, UInt16, UInt32, UInt32).self)
        else { return nil }
        self.init(
            length: length, type: type, flags: FrameFlags(rawValue: flags), a: a, stream: stream,
            b: b)
    }

    /// Whether the fields, and the payload, that mean nothing on this type are 0 and empty.
    ///
    /// PING and PONG have rules of their own, about their streams and bodies.
    ///
    /// - Parameter trailerByteCount: how much of ``length`` is a checksum.
    func isReservedZero(on type: FrameType, trailerByteCount: Int) -> Bool {
        let isEmpty = Int(length) - trailerByteCount == Int(Self.lengthMin)
        return switch type {
        case .hello, .welcome: a == 0 && stream == 0 && b == 0
        case .cancel: a == 0 && b == 0 && isEmpty
        case .credit: a == 0 && isEmpty
        case .request, .response, .item, .end, .error, .ping, .pong, .goAway: true
        }
    }
}
