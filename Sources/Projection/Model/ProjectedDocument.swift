public import DocumentStore

/// A denormalized document of one collection: everything that an answer needs, in one piece.
///
/// How it is encoded is the domain's choice; the bytes are what a query's client gets.
public protocol ProjectedDocument: Sendable {
    /// The collection that documents of this type make up.
    static var collection: CollectionSchema { get }

    /// What it is got by. Never changes during a document's life.
    var documentKey: DocumentKey { get }

    /// One key for each index of the collection, in its order, each of the index's width, ending
    /// with something of the document's own, so that no two documents have the same. Keys of other
    /// widths, or of another number, stop the projection.
    func indexKeys() -> [DocumentKey]

    /// The bytes to store. The same document always makes the same bytes.
    func encoded() throws(DocumentCodecError) -> [UInt8]

    /// The document that ``encoded()`` made `bytes` of.
    static func decoded(_ bytes: [UInt8]) throws(DocumentCodecError) -> Self
}

/// Why a document could not be encoded or decoded.
public struct DocumentCodecError: Error, Hashable, Sendable, CustomStringConvertible {
    /// For people.
    public let description: String

    /// - Parameter description: what is wrong with the document or its bytes.
    public init(_ description: String) {
        self.description = description
    }
}
