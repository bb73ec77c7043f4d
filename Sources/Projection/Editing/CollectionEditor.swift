import DocumentStore
import TandemCore

/// One collection's documents during a batch: what the batch changed lies over what is cached, and
/// that over what is stored. What is loaded has all fan-outs that are pending.
@usableFromInline final class CollectionEditor {
    let number: Int
    let schema: CollectionSchema
    /// Whether its documents are sums over others.
    let isTotals: Bool
    private let stored: StoredDocuments
    private let fanOuts: FanOutQueue
    private var changed: [DocumentKey: Change] = [:]
    private var cache: DocumentCache
    /// Boxes a document from its stored bytes.
    private let decode: ([UInt8]) throws(DocumentCodecError) -> DocumentBox

    private struct Change {
        /// `nil`: deleted.
        var document: DocumentBox?
        /// The event that left it so.
        var through: LogPosition
        /// Whether a reducer asked for it. Documents that are only made (an import makes many)
        /// don't get into the cache.
        var wasLoaded: Bool
    }

    init(
        number: Int, schema: CollectionSchema, stored: StoredDocuments, fanOuts: FanOutQueue,
        cacheByteCountMax: Int, isTotals: Bool,
        decode: @escaping ([UInt8]) throws(DocumentCodecError) -> DocumentBox
    ) {
        self.number = number
        self.schema = schema
        self.isTotals = isTotals
        self.stored = stored
        self.fanOuts = fanOuts
        self.decode = decode
        cache = DocumentCache(byteCountMax: cacheByteCountMax)
    }

    /// The document as it is now.
    func load(_ key: DocumentKey) throws(ReductionError) -> DocumentBox? {
        if !changed.isEmpty, let index = changed.index(forKey: key) {
            changed.values[index].wasLoaded = true
            return try present(changed.values[index])
        }
        if let entry = cache.entry(key) {
            stored.count(entry.weight)
            return try present(entry.document, entry.through)
        }
        guard let (document, through) = try loadStored(key) else { return nil }
        return try present(document, through)
    }

    /// The document as it was before the batch, without fan-outs that are pending; `nil` if there
    /// was none.
    func original(_ key: DocumentKey) throws(ReductionError) -> DocumentBox? {
        // What the batch has changed gets into the cache at its end.
        if let entry = cache.entry(key) { return entry.document }
        return try loadStored(key)?.0
    }

    private func loadStored(
        _ key: DocumentKey
    ) throws(ReductionError) -> (DocumentBox, LogPosition)? {
        guard let found = stored.document(collection: number, key: key) else { return nil }
        do throws(DocumentCodecError) {
            let raw = try stored.raw(found)
            let document = try decode(raw)
            // The store may come from a file. What is saved of this document goes to where its own
            // keys say, and that place may be another document's.
            let indexKeys = try document.checkedIndexKeys(schema)
            guard document.documentKey == key, found.hasIndexKeys(indexKeys) else {
                throw DocumentCodecError("it stands under keys that are not its own")
            }
            cache.insert(document, key: key, through: found.position, rawByteCount: raw.count)
            return (document, found.position)
        } catch {
            throw .unreadableDocument(
                collection: schema.name, key: key, reason: error.description)
        }
    }

    /// Takes the state of a document that an event leaves, `nil` to delete it. Returns whether this
    /// is its first change of the batch.
    func put(_ document: DocumentBox?, key: DocumentKey, at event: LogPosition) -> Bool {
        if let index = changed.index(forKey: key) {
            changed.values[index].document = document
            changed.values[index].through = event
            return false
        }
        changed[key] = Change(document: document, through: event, wasLoaded: false)
        return true
    }

    /// What the batch has made of a document that it changed; `nil` if it has deleted it.
    func changedDocument(_ key: DocumentKey) throws(ReductionError) -> DocumentBox? {
        guard let change = changed[key] else { return nil }
        return try present(change)
    }

    /// Brings the cache in line with a changed document: the batch will be published.
    func settle(
        _ key: DocumentKey, _ document: DocumentBox?, through: LogPosition, rawByteCount: Int
    ) {
        guard let document else {
            cache.remove(key)
            return
        }
        guard cache.contains(key) || changed[key]?.wasLoaded == true else { return }
        cache.insert(document, key: key, through: through, rawByteCount: rawByteCount)
    }

    /// Lets go of a document that was written by somebody else.
    func forget(_ key: DocumentKey) {
        cache.remove(key)
    }

    /// Forgets what the batch changed.
    func endBatch() {
        changed.removeAll(keepingCapacity: changed.count < 4_096)
    }

    private func present(_ change: Change) throws(ReductionError) -> DocumentBox? {
        guard let document = change.document else { return nil }
        return try present(document, change.through)
    }

    private func present(
        _ document: DocumentBox, _ through: LogPosition
    ) throws(ReductionError) -> DocumentBox {
        try fanOuts.present(document, collection: number, through: through) ?? document
    }
}
