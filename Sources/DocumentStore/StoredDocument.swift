package import TandemCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A look at a document in the store; valid until its reader unpins.
@safe package struct StoredDocument {
    private let record: StoredRecord

    init(_ record: StoredRecord) {
        unsafe self.record = unsafe record
    }

    package var key: DocumentKey { unsafe record.key }

    /// Up to where the document, as it is stored, reflects the log.
    package var position: LogPosition { unsafe record.position }

    /// Whether one of its index keys starts with a prefix; the key begins behind `offset` bytes of
    /// those of the collection's indexes before it.
    package func hasIndexKey(at offset: Int, prefix: DocumentKey) -> Bool {
        unsafe prefix.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return true }
            return unsafe memcmp(start, record.indexKeys + offset, bytes.count) == 0
        }
    }

    /// Whether these are the keys of the collection's indexes, in their order.
    package func hasIndexKeys(_ keys: [DocumentKey]) -> Bool {
        var offset = 0
        for key in keys {
            guard hasIndexKey(at: offset, prefix: key) else { return false }
            offset += key.byteCount
        }
        return true
    }

    /// How the body is encoded.
    package var encoding: StoredEncoding { unsafe record.encoding }

    /// The size of the document before it was compressed.
    package var rawByteCount: Int { unsafe record.rawByteCount }

    package var bodyByteCount: Int { unsafe record.bodyByteCount }

    /// The body as stored. To be copied before the reader unpins.
    @unsafe package var body: UnsafeRawBufferPointer { unsafe record.body }
}
