package import DocumentStore
package import TandemCore

/// Builds documents anew from a log's events, and compares a durable copy's with them.
///
/// Both are in memory meanwhile.
package final class DocumentComparison {
    /// Up to where the copy reflects the log.
    package let checkpoint: FileCheckpoint
    private let collections: [any ProjectedDocument.Type]
    private let copy: DocumentStore
    private let pending: FanOutSet?
    private let built: DocumentStore
    private let runner: ProjectionRunner

    /// What a copy's document is, and what the log makes of it.
    package struct Difference: Error, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - copy: a store that a durable copy was loaded into.
    ///   - checkpoint: the copy's.
    package init(
        of copy: DocumentStore, at checkpoint: FileCheckpoint,
        collections: [any ProjectedDocument.Type], reducer: any Reducer
    ) throws(ReductionError) {
        self.checkpoint = checkpoint
        self.collections = collections
        self.copy = copy
        pending = try FanOutSet(
            of: checkpoint.unfinished, reducer: reducer, collections: collections)
        built = DocumentStore(schema: collections.map { $0.collection })
        runner = ProjectionRunner(store: built, collections: collections, reducer: reducer)
    }

    /// Takes the next events of the log; those behind the checkpoint don't count.
    package func add(_ events: [RecordedEvent]) throws(ProjectionError) {
        let events = events.filter { $0.position <= checkpoint.position }
        while let last = events.last, built.position < last.position {
            publish(try runner.run(events))
            while runner.isFullOfFanOuts, let part = try runner.runFanOut() { publish(part) }
        }
    }

    /// The first difference, when all events up to the checkpoint were added. Answers how many
    /// documents there are.
    ///
    /// - Parameter areAlike: whether two encodings of a document of a collection mean the same.
    package func compare(
        areAlike: (_ collection: Int, [UInt8], [UInt8]) -> Bool
    ) throws -> Int {
        guard built.position == checkpoint.position else {
            throw Difference(
                description: """
                    the copy reflects position \(checkpoint.position), and the log ends at \
                    \(built.position)
                    """)
        }
        while let part = try runner.runFanOut() { publish(part) }
        var count = 0
        for number in collections.indices {
            count += try compare(collection: number, areAlike: areAlike)
        }
        return count
    }

    private func publish(_ batch: ProjectedBatch) {
        built.publish(batch.changes, position: batch.position, overlay: batch.overlay)
    }

    private func compare(
        collection number: Int, areAlike: (Int, [UInt8], [UInt8]) -> Bool
    ) throws -> Int {
        let name = collections[number].collection.name
        let (found, expected) = (StoredDocuments(store: copy), StoredDocuments(store: built))
        defer {
            found.unpin()
            expected.unpin()
        }
        var count = 0
        try found.forEach(in: number) { document in
            func fault(_ what: String) -> Difference {
                Difference(description: "\(name) \(document.key): \(what)")
            }
            guard let other = expected.document(collection: number, key: document.key) else {
                throw fault("the log makes no such document")
            }
            let raw = try found.raw(document)
            let present = try pending?.presentBox(raw, of: document, collection: number)
            let shown = try present?.present.encoded() ?? raw
            let ought = try expected.raw(other)
            guard shown == ought || areAlike(number, shown, ought) else {
                throw fault("it is not what the log makes of it")
            }
            count += 1
        }
        guard count == built.statistics()[number].documentCount else {
            try expected.forEach(in: number) { document in
                guard found.document(collection: number, key: document.key) == nil else { return }
                throw Difference(description: "\(name) \(document.key): it is missing")
            }
            throw Difference(description: "\(name): \(count) documents can be found, of more")
        }
        return count
    }
}
