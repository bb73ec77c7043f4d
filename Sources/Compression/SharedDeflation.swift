/// The beginning of a zlib stream (RFC 1950), deflated once, that many streams share: each has a
/// short ending of its own.
///
/// The beginning ends at a byte's end (RFC 1951, 3.2.4: an empty stored block); an ending is one
/// more stored block and the Adler-32 of all.
package struct SharedDeflation {
    /// What all the streams begin with.
    package let beginning: [UInt8]
    /// What makes whole streams of it.
    package let ending: Ending

    /// - Parameters:
    ///   - raw: smaller than 4 GiB.
    ///   - level: 1 (fast) to 9 (small).
    package init(_ raw: RawSpan, level: Int32 = 1) {
        let stream = DeflateStream(
            DeflateParameters(level: level, windowBits: 15, memoryLevel: 8), memory: ZlibMemory())
        var output = [UInt8](repeating: 0, count: stream.bound(byteCount: raw.byteCount) + 16)
        let byteCount = unsafe raw.withUnsafeBytes { raw in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.flush(raw, into: output)
            }
        }
        beginning = Array(output[..<byteCount])
        ending = Ending(checksum: stream.checksum)
    }

    /// How streams with this beginning end.
    package struct Ending: Sendable {
        /// The Adler-32 of what the beginning holds.
        fileprivate let checksum: UInt32

        /// Completes the stream, so that `contents` follow what the beginning holds.
        ///
        /// - Parameter contents: 65,535 bytes at most.
        package func bytes(_ contents: [UInt8]) -> [UInt8] {
            precondition(contents.count <= 65_535, "An ending is one stored block.")
            let count = UInt16(truncatingIfNeeded: contents.count)
            // BFINAL is set, BTYPE is 00; LEN and its complement are little-endian.
            var ending: [UInt8] = [1]
            for number in [count, ~count] { ending += [UInt8(number & 0xFF), UInt8(number >> 8)] }
            ending += contents
            let checksum = Self.adler32(of: contents, after: checksum)
            for shift in [24, 16, 8, 0] as [UInt32] {
                ending.append(UInt8(truncatingIfNeeded: checksum >> shift))
            }
            return ending
        }

        private static func adler32(of bytes: [UInt8], after start: UInt32) -> UInt32 {
            var (low, high) = (start & 0xFFFF, start >> 16)
            for byte in bytes {
                low = (low + UInt32(byte)) % 65_521
                high = (high + low) % 65_521
            }
            return high << 16 | low
        }
    }
}
