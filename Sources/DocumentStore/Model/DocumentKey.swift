/// The key of a document or of an index entry: up to 48 bytes, held inline, so that neither copying
/// nor comparing one touches the heap.
///
/// Keys order by their bytes (a prefix comes before what it is a prefix of), so numbers are
/// appended most significant byte first.
public struct DocumentKey: Sendable {
    /// The longest key there is, in bytes.
    public static let byteCountMax = 48

    /// The bytes in memory order. What lies after `byteCount` is always zero: equality and order
    /// rely on it and compare whole words.
    var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
    private(set) var count: UInt8 = 0

    /// An empty key: as a prefix, it matches everything.
    public init() {}

    /// The eight bytes of a number, big-endian.
    public init(_ id: UInt64) {
        words.0 = id.bigEndian
        count = 8
    }

    /// These bytes; `nil` when there are more than ``byteCountMax``.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count <= Self.byteCountMax else { return nil }
        unsafe withUnsafeMutableBytes { target in
            for (offset, byte) in bytes.enumerated() { unsafe target[offset] = byte }
        }
        count = UInt8(truncatingIfNeeded: bytes.count)
    }

    /// A copy of memory that holds at most ``byteCountMax`` bytes; a longer one is our own bug.
    @unsafe init(copying source: UnsafeRawPointer, byteCount: Int) {
        precondition(
            byteCount >= 0 && byteCount <= Self.byteCountMax,
            "A document key was copied from more bytes than a key can have.")
        unsafe withUnsafeMutableBytes { target in
            if let base = target.baseAddress {
                unsafe base.copyMemory(from: source, byteCount: byteCount)
            }
        }
        count = UInt8(truncatingIfNeeded: byteCount)
    }

    /// How many bytes the key has: 0 to ``byteCountMax``.
    public var byteCount: Int { Int(count) }
}

extension DocumentKey {
    /// Appends a number, big-endian, so that keys ascend with it.
    ///
    /// A key that grows over ``byteCountMax`` is a bug of the domain that builds it, and traps.
    public mutating func append(_ value: UInt64) {
        appendBytes(of: value.bigEndian)
    }

    /// Appends the complement of a number: keys descend with it, the highest comes first.
    public mutating func append(descending value: UInt64) {
        appendBytes(of: (~value).bigEndian)
    }

    /// Appends one byte.
    public mutating func append(_ value: UInt8) {
        appendBytes(of: value)
    }

    /// Appends all bytes of another key.
    public mutating func append(_ key: DocumentKey) {
        requireRoom(key.byteCount)
        let start = byteCount
        unsafe key.withUnsafeBytes { source in
            unsafe withUnsafeMutableBytes { target in
                for offset in source.indices {
                    unsafe target[start + offset] = source[offset]
                }
            }
        }
        count += key.count
    }

    /// Appends a number of four bytes, big-endian.
    public mutating func append(_ value: UInt32) {
        appendBytes(of: value.bigEndian)
    }

    /// Turns the bytes from `start` on over, so that they order the other way round.
    public mutating func complement(from start: Int) {
        let end = byteCount
        unsafe withUnsafeMutableBytes { bytes in
            for offset in start..<max(start, end) { unsafe bytes[offset] = ~bytes[offset] }
        }
    }

    private mutating func appendBytes(of value: some FixedWidthInteger & BitwiseCopyable) {
        requireRoom(value.bitWidth / 8)
        let start = byteCount
        unsafe withUnsafeMutableBytes { target in
            unsafe target.storeBytes(of: value, toByteOffset: start, as: type(of: value))
        }
        count += UInt8(truncatingIfNeeded: value.bitWidth / 8)
    }

    private func requireRoom(_ addedByteCount: Int) {
        precondition(
            addedByteCount <= Self.byteCountMax - byteCount,
            "A document key would get longer than the 48 bytes it may have.")
    }
}
