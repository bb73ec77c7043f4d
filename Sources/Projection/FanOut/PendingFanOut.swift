import DocumentStore
import TandemCore

/// A fan-out that is part of the published state and has not reached all documents.
///
/// It concerns a document that reflects the log up to before it only: whoever writes a document
/// writes its present state, so a later one has the change already.
struct PendingFanOut: Sendable {
    /// Its event, kept to be found again after a restart.
    let event: RecordedEvent
    let range: FanOutRange
    private let keyOffset: Int
    private let change: any FanOutChange

    var position: LogPosition { event.position }

    /// - Parameter collections: the domain's document types, in the order of their numbers.
    init(
        _ fanOut: FanOut, of event: RecordedEvent, collections: [any ProjectedDocument.Type]
    ) throws(ReductionError) {
        guard let number = collections.firstIndex(where: { $0 == fanOut.documentType }) else {
            preconditionFailure("\(fanOut.documentType) is not among the domain's documents")
        }
        let indexes = collections[number].collection.indexes
        precondition(
            indexes.indices.contains(fanOut.index),
            "a fan-out names an index that its collection does not have")
        // Made of the event's values, and the event comes again at each start.
        guard fanOut.prefix.byteCount <= indexes[fanOut.index].keyByteCount else {
            throw .contradiction("its fan-out's prefix is longer than the index's keys")
        }
        self.event = event
        range = FanOutRange(collection: number, index: fanOut.index, prefix: fanOut.prefix)
        keyOffset = indexes[..<fanOut.index].reduce(0) { $0 + $1.keyByteCount }
        change = fanOut.change
    }

    func concerns(_ document: StoredDocument, collection: Int) -> Bool {
        collection == range.collection && document.position < position
            && document.hasIndexKey(at: keyOffset, prefix: range.prefix)
    }

    /// As ``concerns(_:collection:)``, for a document that reflects the log up to `through`.
    func concerns(_ box: DocumentBox, collection: Int, through: LogPosition) -> Bool {
        collection == range.collection && through < position
            && box.indexKeys()[range.index].hasPrefix(range.prefix)
    }

    func decoded(_ raw: [UInt8]) throws(DocumentCodecError) -> DocumentBox {
        try change.decoded(raw)
    }

    func changed(_ box: DocumentBox) -> DocumentBox {
        change.changed(box)
    }
}

/// Where a fan-out's documents are.
struct FanOutRange: Hashable {
    let collection: Int
    let index: Int
    let prefix: DocumentKey
}
