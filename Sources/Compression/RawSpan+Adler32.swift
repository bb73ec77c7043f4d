import CZlib

extension RawSpan {
    /// The checksum of zlib streams (RFC 1950, section 8.2), and its name for a dictionary.
    var adler32: UInt32 {
        UInt32(
            truncatingIfNeeded: unsafe withUnsafeBytes { bytes in
                // 1 is the start value, and the value for nothing: zlib would answer so to no
                // address, too.
                unsafe bytes.baseAddress == nil
                    ? 1
                    : unsafe CZlib.adler32_z(
                        1, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count)
            })
    }
}
