/// The bytes before the deflated data of a zlib stream (RFC 1950, section 2.2):
/// `u8 CMF, u8 FLG`, and a big-endian `u32 DICTID` if FLG says so.
struct ZlibHeader {
    /// The Adler-32 of the dictionary that the stream was made with, if it was with one.
    let dictionaryID: UInt32?

    /// How many bytes the header takes.
    var byteCount: Int { dictionaryID == nil ? 2 : 6 }

    /// The checksum of the contents comes after the deflated data.
    static let checksumByteCount = 4

    /// `nil` if `stream` does not begin with a header.
    init?(_ stream: UnsafeRawBufferPointer) {
        guard stream.count >= 2 else { return nil }
        let (method, flags) = unsafe (stream[0], stream[1])
        // Deflate with a window of at most 32 KiB, and a check that makes the two divisible by 31.
        guard method & 0x0F == 8, method >> 4 <= 7,
            (UInt32(method) << 8 | UInt32(flags)) % 31 == 0
        else { return nil }
        if flags & 0x20 == 0 {
            dictionaryID = nil
        } else {
            guard stream.count >= 6 else { return nil }
            dictionaryID = unsafe Self.bigEndian(stream, at: 2)
        }
    }

    /// The four bytes at an offset that has four bytes.
    static func bigEndian(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        UInt32(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
