package import DocumentStore
package import TandemCore

/// The fan-outs that readers of a published state have to apply, in the order of their events.
package final class FanOutSet: DocumentOverlay {
    let pending: [PendingFanOut]

    /// `nil` of none.
    init?(_ pending: [PendingFanOut]) {
        guard !pending.isEmpty else { return nil }
        self.pending = pending
    }

    /// Those of events that a durable copy holds as unfinished; `nil` of none.
    package init?(
        of events: [RecordedEvent], reducer: any Reducer, collections: [any ProjectedDocument.Type]
    ) throws(ReductionError) {
        var pending: [PendingFanOut] = []
        for event in events {
            for fanOut in try reducer.fanOuts(of: event) {
                pending.append(try PendingFanOut(fanOut, of: event, collections: collections))
            }
        }
        guard !pending.isEmpty else { return nil }
        self.pending = pending
    }

    /// The events, each once.
    package var events: [RecordedEvent] {
        var events: [RecordedEvent] = []
        for fanOut in pending where events.last?.position != fanOut.position {
            events.append(fanOut.event)
        }
        return events
    }

    package func covers(_ document: StoredDocument, collection: Int) -> Bool {
        pending.contains { $0.concerns(document, collection: collection) }
    }

    package func present(
        _ raw: [UInt8], of document: StoredDocument, collection: Int
    ) -> [UInt8]? {
        // Whoever reads it answers DATA_LOSS and tells the log.
        try? presentBox(raw, of: document, collection: collection)?.present.encoded()
    }

    /// The document as it is stored and its present state; `nil` if that is the same.
    ///
    /// - Parameter raw: called for a document that some fan-out concerns.
    func presentBox(
        _ raw: @autoclosure () throws(DocumentCodecError) -> [UInt8], of document: StoredDocument,
        collection: Int
    ) throws(DocumentCodecError) -> (stored: DocumentBox, present: DocumentBox)? {
        var boxes: (stored: DocumentBox, present: DocumentBox)?
        for fanOut in pending where fanOut.concerns(document, collection: collection) {
            if let (stored, present) = boxes {
                boxes = (stored, fanOut.changed(present))
            } else {
                let stored = try fanOut.decoded(try raw())
                boxes = (stored, fanOut.changed(stored))
            }
        }
        return boxes
    }
}
