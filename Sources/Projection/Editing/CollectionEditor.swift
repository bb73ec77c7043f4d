import DocumentStore
import TandemCore

/// One collection's documents as they were before a batch: what is cached lies over what is stored.
/// What is loaded has all fan-outs that are pending.
@usableFromInline final class CollectionEditor {
    let number: Int
    let schema: CollectionSchema
    /// Whether its documents are sums over others.
    let isTotals: Bool
    private let stored: StoredDocuments
    private let fanOuts: FanOutQueue
    /// Where the editor keeps what the batch has made of a document.
    private var places: [DocumentKey: Int] = [:]
    private var cache: DocumentCache
    /// Boxes a document from its stored bytes.
    private let decode: ([UInt8]) throws(DocumentCodecError) -> DocumentBox

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

    /// Where the editor keeps what the batch has made of a document; `nil` if it hasn't changed it.
    func place(of key: DocumentKey) -> Int? {
        places.isEmpty ? nil : places[key]
    }

    /// The same; `next` from now on, if it hasn't.
    func place(of key: DocumentKey, orAt next: Int) -> Int {
        func read(_ place: inout Int) -> Int { place }
        return read(&places[key, default: next])
    }

    /// The document as it was before the batch.
    func load(_ key: DocumentKey) throws(ReductionError) -> DocumentBox? {
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

    /// Brings the cache in line with a changed document: the batch will be published.
    ///
    /// - Parameter wasAskedFor: documents that are only made (an import makes many) don't get into
    ///   the cache.
    func settle(
        _ key: DocumentKey, _ document: DocumentBox?, through: LogPosition, rawByteCount: Int,
        wasAskedFor: Bool
    ) {
        guard let document else {
            cache.remove(key)
            return
        }
        guard wasAskedFor || isTotals || cache.contains(key) else { return }
        cache.insert(document, key: key, through: through, rawByteCount: rawByteCount)
    }

    /// Lets go of a document that was written by somebody else.
    func forget(_ key: DocumentKey) {
        cache.remove(key)
    }

    /// Forgets what the batch changed.
    func endBatch() {
        places.removeAll(keepingCapacity: places.count < 4_096)
    }

    /// A document with the fan-outs that are pending since.
    func present(
        _ document: DocumentBox, _ through: LogPosition
    ) throws(ReductionError) -> DocumentBox {
        try fanOuts.present(document, collection: number, through: through) ?? document
    }
}
