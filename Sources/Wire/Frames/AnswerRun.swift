package import NIOCore

/// RESPONSEs or ITEMs one behind the other, in memory that was reserved for all of them.
///
/// Writing to a buffer asks each time whether it is shared and has room.
@safe package struct AnswerRun: ~Copyable {
    private var next: UnsafeMutableRawPointer
    private var left: Int
    /// The header's byte for the type, in its place.
    private let type: UInt64
    private let metadataBlock: UnsafeRawBufferPointer

    fileprivate init(
        _ type: FrameType, in room: UnsafeMutableRawBufferPointer,
        _ metadataBlock: UnsafeRawBufferPointer
    ) {
        guard let start = room.baseAddress else {
            preconditionFailure("A buffer that was asked for room has no memory.")
        }
        unsafe next = start
        left = room.count
        self.type = UInt64(type.rawValue) << 24
        unsafe self.metadataBlock = unsafe metadataBlock
    }

    /// Adds one. More than was reserved is our own bug, and traps.
    @unsafe package mutating func add(
        _ stream: UInt32, encoding: UInt16, rawByteCount: UInt32, body: UnsafeRawBufferPointer
    ) {
        let blockByteCount = unsafe metadataBlock.count
        let byteCount = FrameHeader.byteCount + blockByteCount + body.count
        precondition(byteCount <= left, "Answers take more room than was reserved for them.")
        let flags = blockByteCount == 0 ? FrameFlags() : .metadata
        let first =
            UInt64(byteCount - 4) << 32 | type | UInt64(flags.rawValue) << 16 | UInt64(encoding)
        let second = UInt64(stream) << 32 | UInt64(rawByteCount)
        unsafe next.storeBytes(of: first.bigEndian, as: UInt64.self)
        unsafe next.storeBytes(of: second.bigEndian, toByteOffset: 8, as: UInt64.self)
        unsafe next += FrameHeader.byteCount
        if let block = unsafe metadataBlock.baseAddress {
            unsafe next.copyMemory(from: block, byteCount: blockByteCount)
        }
        unsafe next += blockByteCount
        if let start = body.baseAddress {
            unsafe next.copyMemory(from: start, byteCount: body.count)
        }
        unsafe next += body.count
        left -= byteCount
    }

    fileprivate var unusedByteCount: Int { left }
}

extension ByteBuffer {
    /// Writes RESPONSEs or ITEMs.
    ///
    /// - Parameters:
    ///   - count: how many they are at the most.
    ///   - bodiesByteCount: how long their bodies are at the most, all together.
    ///   - metadataBlock: of each of them, encoded before; empty: without metadata.
    package mutating func writeAnswers(
        _ type: FrameType, count: Int, bodiesByteCount: Int, metadataBlock: ByteBuffer,
        _ body: (inout AnswerRun) -> Void
    ) {
        let byteCount =
            count * (FrameHeader.byteCount + metadataBlock.readableBytes) + bodiesByteCount
        _ = unsafe writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) { room in
            unsafe metadataBlock.withUnsafeReadableBytes { block in
                var run = unsafe AnswerRun(
                    type, in: UnsafeMutableRawBufferPointer(rebasing: room[..<byteCount]), block)
                body(&run)
                return byteCount - run.unusedByteCount
            }
        }
    }
}
