import Crypto

/// A preset dictionary: bytes that documents of one kind are likely to contain, agreed on ahead.
///
/// Its name on the wire and on disk is its SHA-256; zlib itself knows it by the Adler-32 of its
/// bytes only, which is too short to be a name. Two dictionaries are equal if their SHA-256 is.
package final class CompressionDictionary: Sendable {
    /// At most ``byteCountMax`` bytes; the likeliest stand last, where zlib reaches them best.
    package let bytes: [UInt8]
    /// Thirty-two bytes.
    package let sha256: [UInt8]
    /// What a zlib stream that needs this dictionary carries in its header (RFC 1950, DICTID).
    package let adler32: UInt32

    /// What zlib can look back at: more would never be found.
    package static let byteCountMax = 32_768

    /// Takes the last ``byteCountMax`` of `bytes`, should there be more.
    package init(bytes: [UInt8]) {
        let kept = Array(bytes.suffix(Self.byteCountMax))
        self.bytes = kept
        sha256 = Array(SHA256.hash(data: kept))
        adler32 = unsafe kept.span.bytes.adler32
    }
}

extension CompressionDictionary: Hashable {
    package static func == (left: CompressionDictionary, right: CompressionDictionary) -> Bool {
        left.sha256 == right.sha256
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(sha256)
    }
}
