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

    /// The row as a change to an empty store; or what is wrong with it.
    func change(
        schema: [CollectionSchema], dictionaryCount: Int, through checkpoint: LogPosition
    ) throws(RowFault) -> DocumentChange {
        guard collection >= 0 && collection < schema.count else { throw .collection }
        let number = Int(collection)
        guard let key = unsafe DocumentKey(bytes: key) else { throw .key }
        guard encoding >= 0 && encoding < 2 + dictionaryCount else { throw .encoding }
        let stored = StoredEncoding(rawValue: UInt16(encoding))
        guard hasPossibleSize(stored) else { throw .rawByteCount }
        let position = LogPosition(rawValue: UInt64(bitPattern: self.position))
        guard position <= checkpoint else { throw .position }
        return DocumentChange(
            collection: number,
            key: key,
            content: .put(
                StoredBody(
                    encoding: stored, rawByteCount: Int(rawByteCount), bytes: unsafe Array(body)),
                indexKeys: try separated(schema[number].indexes)),
            position: position)
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

    private func separated(_ indexes: [IndexSchema]) throws(RowFault) -> [DocumentKey] {
        var keys: [DocumentKey] = []
        keys.reserveCapacity(indexes.count)
        var offset = 0
        for index in indexes {
            let end = offset + index.keyByteCount
            guard unsafe end <= indexKeys.count,
                let key = unsafe DocumentKey(
                    bytes: UnsafeRawBufferPointer(rebasing: indexKeys[offset..<end]))
            else { throw .indexKeys }
            keys.append(key)
            offset = end
        }
        guard unsafe offset == indexKeys.count else { throw .indexKeys }
        return keys
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
}
