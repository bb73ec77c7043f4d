/// Inflates zlib streams (RFC 1950) whose contents' size is known.
///
/// Not Sendable: one for each thread; its state is made once and used again.
package final class DocumentInflater {
    private let short = FixedInflater()
    /// For what the short way leaves; made when it is first needed.
    private lazy var stream = InflateStream()

    package init() {}

    /// Deflate makes at most 258 bytes of two bits: nothing can hold more for its size.
    private static let expansionMax = 1_032

    /// Whether so few bytes can hold so many, as far as that shows without inflating them.
    package static func canHold(rawByteCount: Int, inByteCount byteCount: Int) -> Bool {
        rawByteCount >= 0 && rawByteCount / expansionMax <= byteCount
    }

    /// The `rawByteCount` bytes that `body` holds.
    ///
    /// Allocates `rawByteCount` bytes and no more, and none where `body` is too small to hold them:
    /// the number is usually a peer's or a file's promise. The caller bounds it, too.
    package func inflate(
        _ body: UnsafeRawBufferPointer, rawByteCount: Int, dictionary: CompressionDictionary?
    ) throws(InflateError) -> [UInt8] {
        guard Self.canHold(rawByteCount: rawByteCount, inByteCount: body.count) else {
            throw .short
        }
        var raw = [UInt8](repeating: 0, count: rawByteCount)
        let failure: InflateError? = unsafe raw.withUnsafeMutableBytes { output -> InflateError? in
            do throws(InflateError) {
                try unsafe inflate(body, into: output, dictionary: dictionary)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
        return raw
    }

    /// Fills `output`, which has as many bytes as `body` should hold. After an error its contents
    /// mean nothing.
    package func inflate(
        _ body: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
        dictionary: CompressionDictionary?
    ) throws(InflateError) {
        if unsafe short.inflateAll(body, into: output, dictionary: dictionary) { return }
        try unsafe stream.inflateAll(body, into: output, dictionary: dictionary)
    }

    /// The `rawByteCount` bytes that `body` holds.
    package func inflate(
        _ body: [UInt8], rawByteCount: Int, dictionary: CompressionDictionary?
    ) throws(InflateError) -> [UInt8] {
        let result: Result<[UInt8], InflateError> = unsafe body.withUnsafeBytes { bytes in
            do throws(InflateError) {
                return .success(
                    try unsafe inflate(bytes, rawByteCount: rawByteCount, dictionary: dictionary))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
