import Compression
import DocumentStore
import TandemCore

/// The store's documents as the projector reads them: a reader that is pinned on first use and let
/// go at the end of the batch, and an inflater with the store's dictionaries.
///
/// Never pinned while the batch is published: the writer waits for pinned readers, and would wait
/// for itself.
final class StoredDocuments {
    private let store: DocumentStore
    private let reader: DocumentReader
    private let inflater = DocumentInflater()
    private var dictionaries: [CompressionDictionary]
    private var isPinned = false
    /// What was asked for since the last ``unpin()``, as encoded, about: from a cache, too, since a
    /// batch may make as much of it.
    private(set) var loadedByteCount = 0

    init(store: DocumentStore) {
        self.store = store
        reader = store.makeReader()
        dictionaries = store.dictionaries
    }

    func unpin() {
        loadedByteCount = 0
        guard isPinned else { return }
        isPinned = false
        reader.unpin()
    }

    /// Something was had from a cache.
    func count(_ byteCount: Int) { loadedByteCount += byteCount }

    private func pin() {
        guard !isPinned else { return }
        reader.pin()
        isPinned = true
    }

    var schema: [CollectionSchema] { store.schema }

    /// The document with a key, if there is one; valid until ``unpin()``.
    func document(collection: Int, key: DocumentKey) -> StoredDocument? {
        pin()
        guard let stored = reader.document(collection: collection, key: key) else { return nil }
        loadedByteCount += stored.rawByteCount
        return stored
    }

    /// Visits all documents of a collection, in no order.
    func forEach(in collection: Int, _ visit: (StoredDocument) throws -> Void) rethrows {
        pin()
        try reader.forEach(in: collection, visit)
    }

    /// Visits the documents of an index whose key starts with `prefix`, in the index's order, until
    /// `visit` answers false or there have been `limit` of them. Returns the key to go on after, or
    /// `nil` when there are no more.
    func scan(
        collection: Int, index: Int, prefix: DocumentKey, after: DocumentKey?, limit: Int,
        visit: (StoredDocument) -> Bool
    ) -> DocumentKey? {
        pin()
        return reader.scan(
            IndexRange(collection: collection, index: index, prefix: prefix), after: after,
            limit: limit, visitWhile: visit)
    }

    /// The bytes as the document's type encoded them.
    func raw(_ stored: StoredDocument) throws(DocumentCodecError) -> [UInt8] {
        let dictionary: CompressionDictionary?
        switch stored.encoding {
        case .identity: return unsafe Array(stored.body)
        case .zlib: dictionary = nil
        default: dictionary = try self.dictionary(of: stored.encoding)
        }
        do throws(InflateError) {
            return try unsafe inflater.inflate(
                stored.body, rawByteCount: stored.rawByteCount, dictionary: dictionary)
        } catch {
            throw DocumentCodecError("it does not inflate (\(error))")
        }
    }

    /// The newest dictionary that a document of a collection uses, by its number in the store.
    ///
    /// Looks at every document, some ten million a second: for the start only.
    func newestDictionary(collection: Int) -> Int? {
        guard !dictionaries.isEmpty, !store.schema[collection].indexes.isEmpty else { return nil }
        var newest: Int?
        _ = scan(
            collection: collection, index: 0, prefix: DocumentKey(), after: nil, limit: .max
        ) { entry in
            if let number = entry.encoding.dictionaryNumber { newest = max(newest ?? 0, number) }
            return true
        }
        return newest
    }

    private func dictionary(
        of encoding: StoredEncoding
    ) throws(DocumentCodecError) -> CompressionDictionary {
        guard let number = encoding.dictionaryNumber else {
            throw DocumentCodecError("it has the unknown encoding \(encoding.rawValue)")
        }
        if number >= dictionaries.count { dictionaries = store.dictionaries }
        guard number < dictionaries.count else {
            throw DocumentCodecError("its dictionary \(number) is not in the store")
        }
        return dictionaries[number]
    }
}
