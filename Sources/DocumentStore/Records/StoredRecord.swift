// A document in memory: one block from malloc, never changed after it was made, shared by both
// sides of the store. This is the only file that knows its layout:
//
//   offset 0   UInt32  bytes of the body
//          4   UInt32  bytes of the document before compression
//          8   UInt16  encoding
//         10   UInt16  bytes of the keys of all indexes
//         12   UInt8   bytes of the key
//         13   UInt64  position up to which the document reflects the log, unaligned
//         21           the key, then the body, then the key of each index without gaps
//
// What a reader needs stands together: of a short document that is two or three cache lines.
import CPrefetch
internal import TandemCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A pointer to a record. Who holds one knows that it has not been freed; see `StoreWriter`.
@unsafe struct StoredRecord {
    let base: UnsafeMutableRawPointer

    static let keyOffset = 21

    /// A record's address, to be kept in arrays.
    @safe struct Base {
        let pointer: UnsafeMutableRawPointer
    }

    /// Copies a document into a block of its own.
    static func make(
        key: DocumentKey, indexKeys: [DocumentKey], body: StoredBody, position: LogPosition
    ) -> StoredRecord {
        let record = unsafe key.withUnsafeBytes { key in
            unsafe body.bytes.withUnsafeBytes { bytes in
                unsafe make(
                    key: key, indexKeysByteCount: indexKeys.reduce(0) { $0 + $1.byteCount },
                    encoding: body.encoding, rawByteCount: body.rawByteCount, body: bytes,
                    position: position)
            }
        }
        var target = unsafe UnsafeMutableRawPointer(mutating: record.indexKeys)
        for indexKey in indexKeys {
            unsafe indexKey.copy(to: target)
            unsafe target += indexKey.byteCount
        }
        return unsafe record
    }

    /// The same of a document whose parts stand in memory, with its index keys one behind the
    /// other.
    static func make(
        key: UnsafeRawBufferPointer, indexKeys: UnsafeRawBufferPointer, encoding: StoredEncoding,
        rawByteCount: Int, body: UnsafeRawBufferPointer, position: LogPosition
    ) -> StoredRecord {
        let record = unsafe make(
            key: key, indexKeysByteCount: indexKeys.count, encoding: encoding,
            rawByteCount: rawByteCount, body: body, position: position)
        unsafe copy(indexKeys, to: UnsafeMutableRawPointer(mutating: record.indexKeys))
        return unsafe record
    }

    /// The conversions cannot fail: ``StoredBody`` and ``CollectionSchema`` bound what they are of.
    private static func make(
        key: UnsafeRawBufferPointer, indexKeysByteCount: Int, encoding: StoredEncoding,
        rawByteCount: Int, body: UnsafeRawBufferPointer, position: LogPosition
    ) -> StoredRecord {
        let bodyOffset = unsafe keyOffset + key.count
        let base = unsafe RawMemory.allocate(
            byteCount: bodyOffset + body.count + indexKeysByteCount)
        unsafe base.storeBytes(of: UInt32(body.count), as: UInt32.self)
        unsafe base.storeBytes(of: UInt32(rawByteCount), toByteOffset: 4, as: UInt32.self)
        unsafe base.storeBytes(of: encoding.rawValue, toByteOffset: 8, as: UInt16.self)
        unsafe base.storeBytes(of: UInt16(indexKeysByteCount), toByteOffset: 10, as: UInt16.self)
        unsafe base.storeBytes(of: UInt8(key.count), toByteOffset: 12, as: UInt8.self)
        unsafe base.storeBytes(of: position.rawValue, toByteOffset: 13, as: UInt64.self)
        unsafe copy(key, to: base + keyOffset)
        unsafe copy(body, to: base + bodyOffset)
        return unsafe StoredRecord(base: base)
    }

    private static func copy(
        _ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawPointer
    ) {
        if let source = bytes.baseAddress {
            unsafe target.copyMemory(from: source, byteCount: bytes.count)
        }
    }

    /// Gives the block back. Nothing may reach the record any more.
    func free() {
        unsafe RawMemory.free(base)
    }

    var bodyByteCount: Int { Int(unsafe base.load(as: UInt32.self)) }
    var rawByteCount: Int { Int(unsafe base.load(fromByteOffset: 4, as: UInt32.self)) }
    var encoding: StoredEncoding {
        StoredEncoding(rawValue: unsafe base.load(fromByteOffset: 8, as: UInt16.self))
    }
    var position: LogPosition {
        LogPosition(rawValue: unsafe base.loadUnaligned(fromByteOffset: 13, as: UInt64.self))
    }
    var indexKeysByteCount: Int {
        Int(unsafe base.load(fromByteOffset: 10, as: UInt16.self))
    }
    private var bodyOffset: Int { unsafe Self.keyOffset + keyByteCount }
    private var keyByteCount: Int { Int(unsafe base.load(fromByteOffset: 12, as: UInt8.self)) }

    var key: DocumentKey {
        unsafe DocumentKey(copying: base + Self.keyOffset, byteCount: keyByteCount)
    }

    /// The keys of all indexes, one behind the other, as the schema's widths divide them.
    var indexKeys: UnsafeRawPointer {
        unsafe UnsafeRawPointer(base + bodyOffset + bodyByteCount)
    }

    var body: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base + bodyOffset, count: bodyByteCount)
    }

    /// What the record costs, the allocator's share included.
    var memoryByteCount: Int {
        unsafe RawMemory.byteCount(
            ofBlock: bodyOffset + bodyByteCount + indexKeysByteCount)
    }

    /// Has its beginning fetched: a short document is all in there.
    func expect() {
        unsafe tandem_prefetch(base)
        unsafe tandem_prefetch(base + 64)
        unsafe tandem_prefetch(base + 128)
    }

    var keyBytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base + Self.keyOffset, count: keyByteCount)
    }

    /// Whether its key comes before another's, as their bytes do.
    func precedes(_ other: StoredRecord) -> Bool {
        let (own, others) = unsafe (keyBytes, other.keyBytes)
        // Both have an address: they are parts of a block.
        guard let left = own.baseAddress, let right = others.baseAddress else {
            return false
        }
        let order = unsafe memcmp(left, right, min(own.count, others.count))
        return order != 0 ? order < 0 : own.count < others.count
    }

    func hasKey(_ key: DocumentKey) -> Bool {
        guard unsafe keyByteCount == key.byteCount else { return false }
        return unsafe key.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return true }
            return unsafe memcmp(start, base + Self.keyOffset, bytes.count) == 0
        }
    }
}
