/// A kind of document and the indexes it is found by.
public struct CollectionSchema: Hashable, Sendable {
    /// The most indexes a collection can have.
    package static let indexCountMax = 64

    /// What statistics and errors call the collection.
    package let name: String
    /// The orders it can be read in, in the order of their numbers.
    package let indexes: [IndexSchema]
    /// What a document's keys of all indexes take together.
    let indexKeysByteCount: Int

    /// More than ``indexCountMax`` indexes are a bug of the domain that declares them, and trap.
    package init(name: String, indexes: [IndexSchema]) {
        precondition(
            indexes.count <= Self.indexCountMax,
            "A collection declares more than 64 indexes.")
        self.name = name
        self.indexes = indexes
        indexKeysByteCount = indexes.reduce(0) { $0 + $1.keyByteCount }
    }
}
