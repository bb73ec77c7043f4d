import SnapshotStore

/// One collection's documents during a batch: what the batch changed lies over what is cached, and
/// that over what is stored.
final class CollectionEditor {
    let number: Int
    let schema: CollectionSchema
    private let stored: StoredDocuments
    private var changed: [DocumentKey: Change] = [:]
    private var candidates: [Int: PrefixCandidates] = [:]
    private var cache: DocumentCache

    private struct Change {
        /// `nil`: deleted.
        var document: DocumentBox?
        /// Whether a reducer asked for it. Documents that are only made (an import makes many)
        /// don't get into the cache.
        var wasLoaded: Bool
    }

    init(
        number: Int, schema: CollectionSchema, stored: StoredDocuments, cacheByteCountMax: Int
    ) {
        self.number = number
        self.schema = schema
        self.stored = stored
        cache = DocumentCache(byteCountMax: cacheByteCountMax)
    }

    /// The document as it is now. `decode` boxes one from its stored bytes.
    func load(
        _ key: DocumentKey, decode: ([UInt8]) throws(DocumentCodecError) -> DocumentBox
    ) throws(ReductionError) -> DocumentBox? {
        if !changed.isEmpty, let index = changed.index(forKey: key) {
            changed.values[index].wasLoaded = true
            return changed.values[index].document
        }
        if let document = cache.document(key) { return document }
        do throws(DocumentCodecError) {
            guard let raw = try stored.raw(collection: number, key: key) else { return nil }
            let document = try decode(raw)
            cache.insert(document, key: key, rawByteCount: raw.count)
            return document
        } catch {
            throw unreadable(key, error)
        }
    }

    /// Takes the new state of a document, `nil` to delete it. Returns whether this is its first
    /// change of the batch.
    func put(_ document: DocumentBox?, key: DocumentKey) -> Bool {
        let previous = changed.updateValue(
            Change(document: document, wasLoaded: false), forKey: key)
        if let previous, previous.wasLoaded { changed[key]?.wasLoaded = true }
        if let document, !candidates.isEmpty {
            let keys = document.indexKeys()
            for index in candidates.keys { candidates[index]?.add(key, indexKey: keys[index]) }
        }
        return previous == nil
    }

    /// The documents of an index whose key starts with `prefix`, in the index's order.
    func find(
        index: Int, prefix: DocumentKey,
        decode: ([UInt8]) throws(DocumentCodecError) -> DocumentBox
    ) throws(ReductionError) -> [DocumentBox] {
        var found: [(key: DocumentKey, document: DocumentBox)] = []
        for key in changedCandidates(index: index, prefix: prefix) {
            guard let document = changed[key]?.document else { continue }
            let indexKey = document.indexKeys()[index]
            // It may have moved away since it became a candidate.
            if indexKey.hasPrefix(prefix) { found.append((indexKey, document)) }
        }
        var failure: ReductionError?
        stored.scan(collection: number, index: index, prefix: prefix) { entry in
            // The batch's own version has been looked at above.
            guard failure == nil, changed[entry.key] == nil else { return }
            do throws(ReductionError) {
                let document = try self.document(of: entry, decode: decode)
                found.append((document.indexKeys()[index], document))
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return found.sorted { $0.key < $1.key }.map(\.document)
    }

    /// What the batch has made of a document that it changed; `nil` if it has deleted it.
    func changedDocument(_ key: DocumentKey) -> DocumentBox? {
        changed[key]?.document
    }

    /// Brings the cache in line with a changed document: the batch will be published.
    func settle(_ key: DocumentKey, rawByteCount: Int) {
        guard let change = changed[key], let document = change.document else {
            cache.remove(key)
            return
        }
        guard change.wasLoaded || cache.contains(key) else { return }
        cache.insert(document, key: key, rawByteCount: rawByteCount)
    }

    /// Forgets what the batch changed.
    func endBatch() {
        changed.removeAll(keepingCapacity: changed.count < 4_096)
        candidates.removeAll()
    }

    /// The keys of changed documents that have or had `prefix` in an index.
    private func changedCandidates(index: Int, prefix: DocumentKey) -> [DocumentKey] {
        if candidates[index]?.prefixByteCount != prefix.byteCount {
            var fresh = PrefixCandidates(prefixByteCount: prefix.byteCount)
            for (key, change) in changed {
                guard let document = change.document else { continue }
                fresh.add(key, indexKey: document.indexKeys()[index])
            }
            candidates[index] = fresh
        }
        return candidates[index]?.keys(prefix: prefix) ?? []
    }

    /// A stored document that is not among the changed ones. What a search meets does not get into
    /// the cache: it would drive out what is asked for by key.
    private func document(
        of entry: StoredDocument, decode: ([UInt8]) throws(DocumentCodecError) -> DocumentBox
    ) throws(ReductionError) -> DocumentBox {
        if let document = cache.document(entry.key) { return document }
        do throws(DocumentCodecError) {
            return try decode(try stored.raw(entry))
        } catch {
            throw unreadable(entry.key, error)
        }
    }

    private func unreadable(_ key: DocumentKey, _ error: DocumentCodecError) -> ReductionError {
        .unreadableDocument(collection: schema.name, key: key, reason: error.description)
    }
}
