import Crypto
import NIOCore

/// The SHA-256 of a command's body, by which a repeat under the same key is known, taken in slices.
///
/// 1 MiB takes 0.5 ms (measured on an AMD EPYC, whose own SHA instructions do it), and the event
/// loop's other connections wait meanwhile; a slice takes 0.06 ms.
struct BodyDigest {
    static let sliceByteCount = 128 << 10

    private var hash = SHA256()
    private var rest: ByteBuffer

    init(of body: ByteBuffer) {
        rest = body
    }

    /// Takes in one more slice; the 32 bytes when it was the last, nil before.
    mutating func next() -> [UInt8]? {
        let count = min(rest.readableBytes, Self.sliceByteCount)
        if let slice = rest.readSlice(length: count) {
            unsafe slice.withUnsafeReadableBytes { unsafe hash.update(bufferPointer: $0) }
        }
        return rest.readableBytes == 0 ? Array(hash.finalize()) : nil
    }
}
