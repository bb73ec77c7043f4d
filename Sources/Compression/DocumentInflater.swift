/// Inflates zlib streams (RFC 1950) whose contents' size is known.
///
/// Not Sendable: one for each thread; its state is made once and used again.
package final class DocumentInflater {
    private let stream = InflateStream()

    package init() {}

    /// The `rawByteCount` bytes that `body` holds.
    ///
    /// Allocates `rawByteCount` bytes and no more: the caller bounds that number before it comes
    /// here, since it is usually a peer's promise.
    package func inflate(
        _ body: UnsafeRawBufferPointer, rawByteCount: Int, dictionary: CompressionDictionary?
    ) throws(InflateError) -> [UInt8] {
        precondition(rawByteCount >= 0, "a document's size is not negative")
        var raw = [UInt8](repeating: 0, count: rawByteCount)
        let failure: InflateError? = unsafe raw.withUnsafeMutableBytes { output -> InflateError? in
            do throws(InflateError) {
                try unsafe stream.inflateAll(body, into: output, dictionary: dictionary)
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
