/// What a query compiles to: everything the store needs to answer it, without knowing the domain.
public struct QueryPlan: Hashable, Sendable {
    /// What is asked for.
    public enum Kind: Hashable, Sendable {
        /// One document by its key.
        case get
        /// A page of an index: the documents whose index key starts with a prefix.
        case page
    }

    /// A document or a page.
    public let kind: Kind
    /// Which collection of the domain, counted from 0.
    public let collection: Int
    /// The document's key of a get; the prefix of a page.
    public let key: DocumentKey
    /// Which index of the collection, counted from 0; a page only.
    public let index: Int
    /// The index key to start behind, which need not exist any more; a page only.
    public let after: DocumentKey?
    /// Whether the page goes from the highest key down; a page only.
    public let descending: Bool
    /// The most documents of a page.
    public let limit: Int

    /// One document by its key.
    public static func get(collection: Int, key: DocumentKey) -> QueryPlan {
        QueryPlan(
            kind: .get, collection: collection, key: key, index: 0, after: nil, descending: false,
            limit: 1)
    }

    /// At most `limit` documents whose key in an index starts with a prefix, in the index's order.
    public static func page(
        collection: Int, index: Int, prefix: DocumentKey, after: DocumentKey?, descending: Bool,
        limit: Int
    ) -> QueryPlan {
        QueryPlan(
            kind: .page, collection: collection, key: prefix, index: index, after: after,
            descending: descending, limit: limit)
    }
}
