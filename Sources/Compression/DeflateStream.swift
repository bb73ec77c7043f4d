import CZlib

/// How zlib is asked to work.
struct DeflateParameters {
    var level: Int32
    /// The window is 2^windowBits bytes.
    var windowBits: Int32
    /// The hash table has 2^(memoryLevel + 7) entries.
    var memoryLevel: Int32
}

/// A zlib deflate stream: the part that needs pointers.
///
/// zlib keeps the stream's own address, so it lives on the heap and never moves.
@safe final class DeflateStream {
    // Allocated in `init`, deallocated in `deinit`, never handed out.
    private let stream: UnsafeMutablePointer<z_stream>
    private let memory: ZlibMemory
    private var isOpen = false

    /// A stream that has nothing to work with yet: ``copy(_:)`` gives it something.
    init(memory: ZlibMemory) {
        self.memory = memory
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe memory.serve(stream)
    }

    /// A stream at the beginning of a document.
    convenience init(_ parameters: DeflateParameters, memory: ZlibMemory) {
        self.init(memory: memory)
        let outcome = unsafe deflateInit2_(
            stream, parameters.level, Z_DEFLATED, parameters.windowBits, parameters.memoryLevel,
            Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(outcome == Z_OK, "zlib refused the parameters of a deflate stream")
        isOpen = true
    }

    deinit {
        close()
        unsafe stream.deallocate()
    }

    func setDictionary(_ dictionary: CompressionDictionary) {
        let outcome = unsafe dictionary.bytes.withUnsafeBufferPointer { bytes in
            // zlib copies the bytes; at most 32 KiB, so the count fits.
            unsafe deflateSetDictionary(stream, bytes.baseAddress, UInt32(bytes.count))
        }
        precondition(outcome == Z_OK, "zlib refused a dictionary at the beginning of a document")
    }

    /// Becomes what `source` is: a copy of its window and its hash table.
    func copy(_ source: DeflateStream) {
        close()
        let outcome = unsafe deflateCopy(stream, source.stream)
        precondition(outcome == Z_OK, "zlib could not copy a deflate stream")
        // The copy points at its source's allocator, and has to give its memory back there.
        precondition(memory === source.memory, "a copied stream has its source's memory")
        isOpen = true
    }

    /// Gives the memory back to the pool.
    func close() {
        guard isOpen else { return }
        isOpen = false
        // Z_DATA_ERROR says that the stream was not finished, which is no fault here.
        _ = unsafe deflateEnd(stream)
    }

    /// How much room a document of `byteCount` bytes can need at most.
    func bound(byteCount: Int) -> Int {
        Int(unsafe deflateBound(stream, UInt(byteCount)))
    }

    /// Deflates the whole of `raw`.
    func finish(_ raw: RawSpan) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: bound(byteCount: raw.byteCount))
        let outcome = unsafe raw.withUnsafeBytes { raw in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe run(raw, into: output, Z_FINISH)
            }
        }
        precondition(outcome == Z_STREAM_END, "zlib's bound was too small for a document")
        // An exact copy: the bound is twice what is used, and results are kept.
        return Array(output[..<Int(unsafe stream.pointee.total_out)])
    }

    /// Deflates `raw` up to a byte's end, so that more can follow, into `output`, which has room
    /// for 16 bytes more than ``bound(byteCount:)``. Returns how many bytes it became.
    func flush(_ raw: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<UInt8>)
        -> Int
    {
        let outcome = unsafe run(raw, into: output, Z_SYNC_FLUSH)
        let isDone = unsafe stream.pointee.avail_in == 0 && stream.pointee.avail_out > 0
        precondition(outcome == Z_OK && isDone, "zlib's bound was too small for a beginning")
        return Int(unsafe stream.pointee.total_out)
    }

    /// The Adler-32 of what was deflated so far.
    var checksum: UInt32 { UInt32(truncatingIfNeeded: unsafe stream.pointee.adler) }

    private func run(
        _ raw: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<UInt8>,
        _ flush: Int32
    ) -> Int32 {
        precondition(raw.count <= UInt32.max, "a document is smaller than 4 GiB")
        // zlib only reads through next_in; its declaration lacks the const.
        let bytes = unsafe raw.assumingMemoryBound(to: UInt8.self).baseAddress
        unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: bytes)
        unsafe stream.pointee.avail_in = UInt32(raw.count)
        unsafe stream.pointee.next_out = output.baseAddress
        unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
        return unsafe deflate(stream, flush)
    }
}
