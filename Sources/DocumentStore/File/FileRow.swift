internal import Compression
internal import TandemCore

/// One row of the table of documents: what is checked before it becomes a document again.
///
/// SQLite checks the structure of its pages and not their contents, so each row carries a checksum.
@safe struct FileRow {
    let collection: Int64
    let key: UnsafeRawBufferPointer
    let encoding: Int64
    let rawByteCount: Int64
    let indexKeys: UnsafeRawBufferPointer
    let body: UnsafeRawBufferPointer
    let position: Int64

    /// Over all fields. Not secret: it is against decay, not against an attacker who can write
    /// to our disk.
    var checksum: Int64 {
        let keyHash = unsafe SipHash(
            key0: UInt64(bitPattern: collection), key1: UInt64(bitPattern: encoding)
        ).hash(key)
        let indexHash = unsafe SipHash(
            key0: keyHash, key1: UInt64(bitPattern: rawByteCount)
        ).hash(indexKeys)
        let bodyHash = unsafe SipHash(
            key0: indexHash, key1: keyHash ^ UInt64(bitPattern: position)
        ).hash(body)
        return Int64(bitPattern: bodyHash)
    }

    /// The row as a document of a store; or what is wrong with it, of what can be told without
    /// ``checksum``.
    func record(
        schema: [CollectionSchema], dictionaryCount: Int, through checkpoint: LogPosition
    ) throws(RowFault) -> (collection: Int, record: StoredRecord) {
        guard collection >= 0 && collection < schema.count else { throw .collection }
        let number = Int(collection)
        guard unsafe key.count <= DocumentKey.byteCountMax else { throw .key }
        guard encoding >= 0 && encoding < 2 + dictionaryCount else { throw .encoding }
        let stored = StoredEncoding(rawValue: UInt16(encoding))
        guard hasPossibleSize(stored) else { throw .rawByteCount }
        let position = LogPosition(rawValue: UInt64(bitPattern: self.position))
        guard position <= checkpoint else { throw .position }
        guard unsafe indexKeys.count == schema[number].indexKeysByteCount else {
            throw .indexKeys
        }
        return unsafe (
            number,
            StoredRecord.make(
                key: key, indexKeys: indexKeys, encoding: stored, rawByteCount: Int(rawByteCount),
                body: body, position: position)
        )
    }

    /// A size that was only promised would be allocated at each read.
    private func hasPossibleSize(_ encoding: StoredEncoding) -> Bool {
        let allowed = 0...Int64(StoredBody.byteCountMax)
        guard unsafe allowed.contains(rawByteCount) && allowed.contains(Int64(body.count)) else {
            return false
        }
        if encoding == .identity { return unsafe rawByteCount == body.count }
        return unsafe DocumentInflater.canHold(
            rawByteCount: Int(rawByteCount), inByteCount: body.count)
    }
}

extension FileRow {
    /// The row of a document.
    init(_ record: StoredRecord, collection: Int) {
        self.collection = Int64(collection)
        unsafe key = unsafe record.keyBytes
        encoding = unsafe Int64(record.encoding.rawValue)
        rawByteCount = unsafe Int64(record.rawByteCount)
        unsafe indexKeys = unsafe UnsafeRawBufferPointer(
            start: record.indexKeys, count: record.indexKeysByteCount)
        unsafe body = unsafe record.body
        position = unsafe Int64(bitPattern: record.position.rawValue)
    }
}

/// What can be wrong with a row.
enum RowFault: String, Error {
    case types = "values of wrong types"
    case checksum = "a wrong checksum"
    case collection = "a collection that does not exist"
    case key = "a key that is too long"
    case encoding = "an encoding or dictionary that does not exist"
    case rawByteCount = "an impossible size"
    case indexKeys = "index keys of a wrong width"
    case position = "a position behind the checkpoint"
    case order = "a key that is there twice, or not in its place"
}
