import SnapshotStore

/// The batch's changed documents by the beginning of one of their index keys, so that a search need
/// not look at all of them. Kept only from the first search of a batch on.
///
/// A document whose index key changes is found under both beginnings: who searches has to check.
struct PrefixCandidates {
    let prefixByteCount: Int
    private var keys: [DocumentKey: [DocumentKey]] = [:]

    init(prefixByteCount: Int) {
        self.prefixByteCount = prefixByteCount
    }

    mutating func add(_ key: DocumentKey, indexKey: DocumentKey) {
        // A beginning of a key is never longer than a key may be.
        guard let prefix = DocumentKey(bytes: indexKey.bytes.prefix(prefixByteCount)) else {
            return
        }
        keys[prefix, default: []].append(key)
    }

    /// Each key once.
    func keys(prefix: DocumentKey) -> [DocumentKey] {
        Array(Set(keys[prefix] ?? []))
    }
}
