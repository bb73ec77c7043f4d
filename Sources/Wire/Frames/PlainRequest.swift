/// A short REQUEST that says nothing beside its method and its body: no metadata, no checksum.
///
/// Nearly all requests of a busy reader are. They can be read from their headers, many at once, so
/// that a service answers them together.
package struct PlainRequest: BitwiseCopyable, Sendable {
    package let stream: UInt32
    /// By the client's list of methods.
    package let methodIndex: UInt16
    package let bodyByteCount: UInt16
    /// From where the run of requests begins.
    package let bodyOffset: Int

    /// A longer body is not plain: it may cost more to decode than its frame does.
    package static let bodyByteCountMax = 63

    /// Behind the frame.
    package var end: Int { bodyOffset + Int(bodyByteCount) }

    /// The one at an offset of what was received; `nil` if there is something else, be it a part of
    /// one: for the ``FrameDecoder`` to judge.
    package init?(at offset: Int, of bytes: borrowing RawSpan) {
        guard offset &+ FrameHeader.byteCount <= bytes.byteCount else { return nil }
        let first = UInt64(
            bigEndian: unsafe bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset, as: UInt64.self))
        let second = UInt64(
            bigEndian: unsafe bytes.unsafeLoadUnaligned(
                fromUncheckedByteOffset: offset &+ 8, as: UInt64.self))
        let length = Int(truncatingIfNeeded: first >> 32)
        let bodyByteCount = length &- Int(FrameHeader.lengthMin)
        // Type and flags in one look: no flag is plain.
        guard UInt16(truncatingIfNeeded: first >> 16) == Self.typeAndFlags,
            bodyByteCount >= 0, bodyByteCount <= Self.bodyByteCountMax,
            offset &+ FrameHeader.byteCount &+ bodyByteCount <= bytes.byteCount
        else { return nil }
        stream = UInt32(truncatingIfNeeded: second >> 32)
        methodIndex = UInt16(truncatingIfNeeded: first)
        self.bodyByteCount = UInt16(truncatingIfNeeded: bodyByteCount)
        bodyOffset = offset &+ FrameHeader.byteCount
    }

    private static let typeAndFlags = UInt16(FrameType.request.rawValue) << 8
}
