import Crypto
public import DocumentStore

extension DocumentKey {
    /// Appends the last bytes of a number, big-endian: 8, 4, or 1 of them.
    @inlinable mutating func append(_ value: UInt64, byteCount: Int) {
        switch byteCount {
        case 8: append(value)
        case 4: append(UInt32(truncatingIfNeeded: value))
        default: append(UInt8(truncatingIfNeeded: value))
        }
    }

    /// Appends the first bytes of a text, filled up with zeros.
    @usableFromInline mutating func append(text: String, byteCount: Int) {
        var left = byteCount
        for byte in text.utf8.prefix(byteCount) {
            append(byte)
            left -= 1
        }
        for _ in 0..<left { append(UInt8(0)) }
    }

    /// Appends sixteen bytes that tell a text from all others.
    @usableFromInline mutating func append(digestOf text: String) {
        for byte in SHA256.hash(data: Array(text.utf8)).prefix(16) { append(byte) }
    }

    /// The first key, in order, that is behind all that start with this one; `nil` if there is
    /// none.
    @usableFromInline var successor: DocumentKey? {
        var bytes = bytes
        while let last = bytes.popLast() {
            if last < 0xFF { return DocumentKey(bytes: bytes + [last + 1]) }
        }
        return nil
    }
}
