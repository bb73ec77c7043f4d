import NIOCore

// As much of the protocol as the load generator speaks. Source: Protocol/SPEC.md, sections 3 and 5.

/// What a frame is.
struct FrameType: Equatable {
    let number: UInt8

    static let hello = FrameType(number: 1)
    static let welcome = FrameType(number: 2)
    static let request = FrameType(number: 3)
    static let response = FrameType(number: 4)
}

/// A frame that came.
struct Frame {
    /// Length, type, flags, `a`, stream and `b`.
    static let headByteCount = 16

    let type: FrameType
    let stream: UInt32
    /// Field 1 of the body, a varint, if it is the body's first field; 0 if not.
    let id: UInt64
}

/// Goes through the frames that a read brought.
@unsafe
struct FrameReader {
    private let bytes: UnsafeRawBufferPointer
    /// Where the next frame begins.
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = unsafe bytes
    }

    /// False if it is not all there.
    mutating func skipPreface() -> Bool {
        guard unsafe bytes.count >= 8 else { return false }
        unsafe offset = 8
        return true
    }

    /// The next frame; `nil` if it is not all there.
    mutating func next() -> Frame? {
        let start = unsafe offset
        guard unsafe bytes.count - start >= Frame.headByteCount else { return nil }
        let end = unsafe start + 4 + Int(integer(at: start))
        // One that is shorter than its head is never whole: such a client waits for ever.
        guard unsafe end <= bytes.count, end - start >= Frame.headByteCount else { return nil }
        unsafe offset = end
        return unsafe Frame(
            type: FrameType(number: bytes[start + 4]), stream: integer(at: start + 8),
            id: id(from: start + Frame.headByteCount, to: end))
    }

    private func integer(at offset: Int) -> UInt32 {
        unsafe UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private func id(from start: Int, to end: Int) -> UInt64 {
        guard start < end, unsafe bytes[start] == 0x08 else { return 0 }
        var id: UInt64 = 0
        for (place, index) in (start + 1..<min(end, start + 11)).enumerated() {
            let byte = unsafe bytes[index]
            id |= UInt64(byte & 0x7F) << UInt64(7 * place)
            if byte < 0x80 { break }
        }
        return id
    }
}

extension ByteBuffer {
    /// A frame without flags, `a` and `b`.
    mutating func writeFrame(_ type: FrameType, stream: UInt32, _ body: ArraySlice<UInt8>) {
        writeMultipleIntegers(
            UInt32(Frame.headByteCount - 4 + body.count), type.number, UInt8(0), UInt16(0), stream,
            UInt32(0))
        writeBytes(body)
    }
}
