import CZlib

/// A raw inflate stream: the part that needs pointers.
///
/// Raw, with zlib's header and checksum read here: given a zlib stream with a dictionary, zlib
/// computes the Adler-32 of the whole dictionary again for each document, which takes three times
/// as long as inflating it. zlib keeps the stream's own address, so it lives on the heap and never
/// moves.
@safe final class InflateStream {
    // Allocated in `init`, deallocated in `deinit`, never handed out.
    private let stream: UnsafeMutablePointer<z_stream>

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let outcome = unsafe inflateInit2_(
            stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(outcome == Z_OK, "zlib refused to make an inflate stream")
    }

    deinit {
        _ = unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Inflates the whole of `body` to exactly the whole of `output`.
    func inflateAll(
        _ body: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
        dictionary: CompressionDictionary?
    ) throws(InflateError) {
        guard let header = unsafe ZlibHeader(body), body.count <= UInt32.max,
            output.count <= UInt32.max
        else { throw .malformed }
        guard header.dictionaryID == dictionary?.adler32 else { throw .dictionaryMismatch }
        start(dictionary)
        unsafe setInput(UnsafeRawBufferPointer(rebasing: body[header.byteCount...]))
        try unsafe fill(output)
        try unsafe finish(body, output: UnsafeRawBufferPointer(output))
    }

    /// Back to the beginning of a document, behind a dictionary if there is one.
    private func start(_ dictionary: CompressionDictionary?) {
        var outcome = unsafe inflateReset(stream)
        if outcome == Z_OK, let dictionary {
            outcome = unsafe dictionary.bytes.withUnsafeBufferPointer { bytes in
                // At most 32 KiB, so the count fits; zlib copies the bytes.
                unsafe inflateSetDictionary(stream, bytes.baseAddress, UInt32(bytes.count))
            }
        }
        precondition(outcome == Z_OK, "zlib could not begin an inflate stream")
    }

    private func setInput(_ input: UnsafeRawBufferPointer) {
        // zlib only reads through next_in; its declaration lacks the const.
        let bytes = unsafe input.assumingMemoryBound(to: UInt8.self).baseAddress
        unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: bytes)
        unsafe stream.pointee.avail_in = UInt32(input.count)
    }

    /// Runs to the end of the deflated data, which has to fit into `output`.
    private func fill(_ output: UnsafeMutableRawBufferPointer) throws(InflateError) {
        let bytes = unsafe output.assumingMemoryBound(to: UInt8.self).baseAddress
        var outcome = Z_BUF_ERROR
        // zlib wants an address even for nothing: then the byte of room below decides.
        if let bytes = unsafe bytes {
            unsafe stream.pointee.next_out = bytes
            unsafe stream.pointee.avail_out = UInt32(output.count)
            outcome = unsafe inflate(stream, Z_FINISH)
        }
        if outcome == Z_OK || outcome == Z_BUF_ERROR {
            guard unsafe stream.pointee.avail_out == 0 || output.isEmpty else { throw .malformed }
            outcome = try stepBeyond()
        }
        guard outcome == Z_STREAM_END else { throw .malformed }
    }

    /// zlib stopped at the end of the room: because it has more to write, or because the input
    /// broke off. One more byte of room tells which.
    private func stepBeyond() throws(InflateError) -> Int32 {
        var extra: UInt8 = 0
        let (outcome, isFull) = unsafe withUnsafeMutablePointer(to: &extra) { room in
            unsafe stream.pointee.next_out = room
            unsafe stream.pointee.avail_out = 1
            let outcome = unsafe inflate(stream, Z_FINISH)
            return (outcome, unsafe stream.pointee.avail_out == 0)
        }
        guard !isFull else { throw .long }
        return outcome
    }

    /// Checks what comes after the deflated data: the checksum of the contents, and nothing else.
    private func finish(
        _ body: UnsafeRawBufferPointer, output: UnsafeRawBufferPointer
    ) throws(InflateError) {
        guard unsafe stream.pointee.total_out == output.count else { throw .short }
        let rest = Int(unsafe stream.pointee.avail_in)
        guard rest >= ZlibHeader.checksumByteCount else { throw .malformed }
        guard rest == ZlibHeader.checksumByteCount else { throw .trailingBytes }
        let expected = unsafe ZlibHeader.bigEndian(body, at: body.count - rest)
        let bytes = unsafe output.assumingMemoryBound(to: UInt8.self).baseAddress
        // 1 is Adler-32's start value, and its value for nothing.
        let found = unsafe bytes == nil ? 1 : unsafe adler32_z(1, bytes, output.count)
        guard found == UInt(expected) else { throw .badChecksum }
    }
}
