import CZlib
import Compression

/// The same answers by another way: zlib's own reading of header, dictionary and checksum.
enum Oracle {
    /// Larger contents count as damaged: no promise of this target is larger.
    private static let rawByteCountMax = 1 << 17

    /// What `body` holds; `nil` if it isn't one whole stream, made with this dictionary.
    static func inflate(_ body: [UInt8], _ dictionary: CompressionDictionary?) -> [UInt8]? {
        run(body, windowBits: 15, dictionary)?.raw
    }

    /// A stream of deflated data with a header and a checksum that fit; `nil` if it isn't whole.
    static func wrapped(_ deflated: [UInt8], _ dictionary: CompressionDictionary?) -> [UInt8]? {
        guard let (raw, rest) = run(deflated, windowBits: -15, dictionary, mayHaveRest: true) else {
            return nil
        }
        let sum = unsafe raw.withUnsafeBufferPointer { bytes in
            // No address, no bytes: zlib then answers 1, which is right.
            unsafe adler32_z(1, bytes.baseAddress, bytes.count)
        }
        let header: [UInt8] = dictionary == nil ? [0x78, 0x9C] : [0x78, 0xBB]
        return header + (dictionary.map { bigEndian($0.adler32) } ?? [])
            + deflated.dropLast(rest) + bigEndian(UInt32(truncatingIfNeeded: sum))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func run(
        _ body: [UInt8], windowBits: Int32, _ dictionary: CompressionDictionary?,
        mayHaveRest: Bool = false
    ) -> (raw: [UInt8], rest: Int)? {
        // On the heap: zlib keeps its address.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        defer { unsafe stream.deallocate() }
        guard
            unsafe inflateInit2_(
                stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { _ = unsafe inflateEnd(stream) }
        var isPrimed = false
        if windowBits < 0, let dictionary {
            unsafe prime(stream, dictionary)
            isPrimed = true
        }
        var source = body
        var raw = [UInt8](repeating: 0, count: rawByteCountMax)
        // Both buffers stay where they are for as long as zlib looks at them.
        let outcome = unsafe source.withUnsafeMutableBufferPointer { input -> Int32 in
            unsafe raw.withUnsafeMutableBufferPointer { output -> Int32 in
                unsafe stream.pointee.next_in = input.baseAddress
                unsafe stream.pointee.avail_in = UInt32(input.count)
                unsafe stream.pointee.next_out = output.baseAddress
                unsafe stream.pointee.avail_out = UInt32(output.count)
                let outcome = unsafe CZlib.inflate(stream, Z_FINISH)
                guard outcome == Z_NEED_DICT, let dictionary,
                    unsafe prime(stream, dictionary) == Z_OK
                else { return outcome }
                isPrimed = true
                return unsafe CZlib.inflate(stream, Z_FINISH)
            }
        }
        let rest = Int(unsafe stream.pointee.avail_in)
        guard outcome == Z_STREAM_END, isPrimed == (dictionary != nil), mayHaveRest || rest == 0
        else { return nil }
        return (Array(raw.prefix(Int(unsafe stream.pointee.total_out))), rest)
    }

    @discardableResult
    private static func prime(
        _ stream: UnsafeMutablePointer<z_stream>, _ dictionary: CompressionDictionary
    ) -> Int32 {
        unsafe dictionary.bytes.withUnsafeBufferPointer { bytes in
            unsafe inflateSetDictionary(stream, bytes.baseAddress, UInt32(bytes.count))
        }
    }
}
