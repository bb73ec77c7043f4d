/// How large a collection is; figures of the last published batch.
package struct CollectionStatistics: Hashable, Sendable {
    package let name: String
    package let documentCount: Int
    /// Bodies before compression.
    package let rawByteCount: Int
    /// Bodies as stored.
    package let storedByteCount: Int
    /// All memory of the collection: bodies, keys, both copies of its indexes, allocator overhead,
    /// and replaced documents that the next batch frees.
    package let memoryByteCount: Int
}
