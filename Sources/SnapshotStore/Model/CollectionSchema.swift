/// A kind of document and the indexes it is found by.
public struct CollectionSchema: Hashable, Sendable {
    /// The most indexes a collection can have.
    public static let indexCountMax = 64

    public let name: String
    public let indexes: [IndexSchema]

    /// More than ``indexCountMax`` indexes are a bug of the domain that declares them, and trap.
    public init(name: String, indexes: [IndexSchema]) {
        precondition(
            indexes.count <= Self.indexCountMax,
            "A collection declares more than 64 indexes.")
        self.name = name
        self.indexes = indexes
    }
}
