/// What a query compiles to: everything the store needs to answer it, without knowing the domain.
package enum QueryPlan: Hashable, Sendable {
    /// One document by its key.
    case get(collection: Int, key: DocumentKey)
    /// The first document of a range.
    indirect case first(IndexRange)
    /// The documents with these keys, in this order; those that there aren't are left out.
    case many(collection: Int, keys: [DocumentKey])
    /// A page of a range, behind a key of it, which need not exist any more.
    indirect case page(IndexRange, after: DocumentKey?, limit: Int)
    /// A page of what belongs to the first document of another range: of the keys that start with
    /// its key. Nothing if there is no such document.
    indirect case pageOf(owner: IndexRange, IndexRange, after: DocumentKey?, limit: Int)

    /// What it holds beside itself: a byte of a request can be a key of 49.
    package var keysByteCount: Int {
        guard case .many(_, let keys) = self else { return 0 }
        return keys.count * MemoryLayout<DocumentKey>.stride
    }
}

/// Some of the documents that stand in an index: those whose keys start with a prefix and lie
/// between two bounds.
package struct IndexRange: Hashable, Sendable {
    /// Which collection of the domain, counted from 0.
    package var collection: Int
    /// Which index of the collection, counted from 0.
    package var index: Int
    /// What the keys start with.
    package var prefix: DocumentKey
    /// No key is before it; `nil`: no bound but the prefix.
    package var lower: DocumentKey?
    /// All keys are before it; `nil`: no bound but the prefix.
    package var upper: DocumentKey?
    /// Whether the highest key comes first.
    package var descending: Bool

    package init(
        collection: Int, index: Int, prefix: DocumentKey, lower: DocumentKey? = nil,
        upper: DocumentKey? = nil, descending: Bool = false
    ) {
        self.collection = collection
        self.index = index
        self.prefix = prefix
        self.lower = lower
        self.upper = upper
        self.descending = descending
    }

    /// Whether a key is behind the last one, in the direction of the range.
    func isPast(_ key: DocumentKey) -> Bool {
        guard key.hasPrefix(prefix) else { return true }
        if descending {
            if let lower { return key < lower }
        } else if let upper {
            return key >= upper
        }
        return false
    }
}
