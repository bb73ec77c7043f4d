package import DocumentStore
package import TandemCore

/// Turns batches of events into changes of documents, one batch after the other.
///
/// Publishes nothing itself: the caller publishes each batch, with its position, before it runs the
/// next. Not Sendable: it belongs to the store's only writer's thread.
package final class ProjectionRunner {
    private let store: DocumentStore
    private let reducer: any Reducer
    private let stored: StoredDocuments
    private let collections: [any ProjectedDocument.Type]
    private let fanOuts: FanOutQueue
    private let editor: DocumentEditor
    private let totals: Totals
    /// Of the batch's events so far: of parts that they add, more than that are held at once.
    private var payloadByteCount = 0
    private var compressors: [CollectionCompressor]

    /// - Parameters:
    ///   - store: with what its durable copy held already loaded; its schema is the collections'.
    ///   - collections: the domain's document types, in the order of their numbers.
    ///   - pending: the fan-outs that the store's readers apply, as its durable copy held them.
    ///   - cacheByteCountMax: how much of each collection is kept decoded, counted as encoded.
    package init(
        store: DocumentStore, collections: [any ProjectedDocument.Type], reducer: any Reducer,
        pending: FanOutSet? = nil, cacheByteCountMax: Int = 32 << 20,
        plan: TrainingPlan = TrainingPlan()
    ) {
        precondition(
            store.schema == collections.map { $0.collection },
            "the store was made for other collections")
        self.store = store
        self.reducer = reducer
        self.collections = collections
        stored = StoredDocuments(store: store)
        fanOuts = FanOutQueue(pending?.pending ?? [])
        editor = DocumentEditor(
            types: collections, stored: stored, fanOuts: fanOuts,
            cacheByteCountMax: cacheByteCountMax, totals: reducer.summations.map(\.total))
        totals = Totals(reducer.summations, collections: collections)
        let dictionaries = store.dictionaries
        let statistics = store.statistics()
        compressors = []
        for number in collections.indices {
            compressors.append(
                CollectionCompressor(
                    plan: plan, number: stored.newestDictionary(collection: number),
                    dictionaries: dictionaries, documentCount: statistics[number].documentCount))
        }
        stored.unpin()
    }

    /// Whether fan-outs are pending: parts of them are to be carried out between batches.
    package var hasFanOuts: Bool { !fanOuts.published.isEmpty }
    /// Whether so many are pending that they come first.
    package var isFullOfFanOuts: Bool { fanOuts.isFull }

    /// What a batch of events changes, or as many of them as there is room for, in fan-outs and in
    /// the bytes of their documents: the batch's position tells.
    ///
    /// The events' positions ascend by one. Those up to the checkpoint, the store's position, are
    /// ignored, and so are repeats: a feed may repeat itself. A gap is an error and nothing is
    /// skipped.
    package func run(_ events: [RecordedEvent]) throws(ProjectionError) -> ProjectedBatch {
        defer {
            stored.unpin()
            editor.endBatch()
            fanOuts.endBatch()
            totals.endBatch()
            payloadByteCount = 0
        }
        train()
        let checkpoint = store.position
        var position = checkpoint
        for event in events where event.position > position && !isFull {
            guard event.position == position.next else {
                throw .gap(after: position, found: event.position)
            }
            try reduce(event)
            position = event.position
            payloadByteCount += event.payload.count
        }
        try totals.settle(editor)
        let changes = try encodedChanges(position: position)
        fanOuts.settle()
        return ProjectedBatch(
            changes: changes, position: position, overlay: FanOutSet(fanOuts.published),
            eventCount: Int(clamping: position.rawValue - checkpoint.rawValue))
    }

    /// A part of the work on fan-outs, the oldest first: some of their documents, rewritten. `nil`
    /// when none is pending.
    ///
    /// Bounded in documents and in bytes, so that events need not wait for more than about 10 ms.
    package func runFanOut() throws(ProjectionError) -> ProjectedBatch? {
        // What the store's readers apply, from the beginning of the part to its end: a document
        // that two of them concern is then written twice alike.
        guard let pending = FanOutSet(fanOuts.published) else { return nil }
        defer { stored.unpin() }
        train()
        var slice = FanOutSlice(position: store.position)
        while !slice.isFull, let pass = fanOuts.nextPass() {
            try carryOut(pass, of: pending, in: &slice)
        }
        editor.forget(slice.changes)
        return ProjectedBatch(
            changes: slice.changes, position: store.position,
            overlay: FanOutSet(fanOuts.published), eventCount: 0)
    }

    private func carryOut(
        _ pass: FanOutPass, of pending: FanOutSet, in slice: inout FanOutSlice
    ) throws(ProjectionError) {
        var pass = pass
        let collection = pass.range.collection
        do throws(ReductionError) {
            let hasEnded = try slice.fill(
                &pass, of: pending, stored: stored,
                mayBecome: { totals.areAlike($0, $1, collection: collection) },
                compress: { compressors[collection].compress($0) })
            fanOuts.advance(pass, hasEnded: hasEnded)
        } catch {
            throw Self.failure(error, fanOuts.published[0].event)
        }
    }

    /// Whether the batch at hand takes no further events: all that it has loaded is held decoded,
    /// and a few bytes of events can load much.
    private var isFull: Bool {
        fanOuts.isFull || stored.loadedByteCount >= Self.loadedByteCountMax
            || (!totals.isEmpty && payloadByteCount >= Self.addedByteCountMax)
    }

    private static let loadedByteCountMax = 2 << 20
    /// A part takes about ten bytes of an event and some hundred of memory.
    private static let addedByteCountMax = 128 << 10

    private func reduce(_ event: RecordedEvent) throws(ProjectionError) {
        editor.event = event
        do throws(ReductionError) {
            try reducer.reduce(event, editor)
            for fanOut in try reducer.fanOuts(of: event) {
                fanOuts.add(try PendingFanOut(fanOut, of: event, collections: collections))
            }
        } catch {
            throw Self.failure(error, event)
        }
    }

    private static func failure(
        _ error: ReductionError, _ event: RecordedEvent
    ) -> ProjectionError {
        .reduction(error, position: event.position, stream: event.stream, type: event.type)
    }

    /// Encodes each changed document once, however often the batch changed it.
    private func encodedChanges(
        position: LogPosition
    ) throws(ProjectionError) -> [DocumentChange] {
        var changes: [DocumentChange] = []
        var documents: [DocumentBox?] = []
        changes.reserveCapacity(editor.changes.count)
        documents.reserveCapacity(editor.changes.count)
        for change in editor.changes {
            let document: DocumentBox?
            do throws(ReductionError) { document = try change.present() } catch {
                throw .fanOut(error, collection: change.collection.schema.name, key: change.key)
            }
            documents.append(document)
            changes.append(try encodedChange(change.collection, change.key, document, position))
        }
        // Only now that nothing can fail any more: the cache holds what will be published.
        for (number, change) in editor.changes.enumerated() {
            change.collection.settle(
                change.key, documents[number], through: position,
                rawByteCount: changes[number].rawByteCount, wasAskedFor: change.wasAskedFor)
        }
        return changes
    }

    private func encodedChange(
        _ collection: CollectionEditor, _ key: DocumentKey, _ document: DocumentBox?,
        _ position: LogPosition
    ) throws(ProjectionError) -> DocumentChange {
        guard let document else {
            return DocumentChange(
                collection: collection.number, key: key, content: .delete, position: position)
        }
        let (raw, indexKeys): ([UInt8], [DocumentKey])
        do throws(DocumentCodecError) {
            raw = try document.encoded()
            indexKeys = try document.checkedIndexKeys(collection.schema)
        } catch {
            throw .encoding(error, collection: collection.schema.name, key: key)
        }
        return DocumentChange(
            collection: collection.number, key: key,
            content: .put(compressors[collection.number].compress(raw), indexKeys: indexKeys),
            position: position)
    }

    /// At the beginning of a batch, when the counts are those of everything before it.
    private func train() {
        for (number, statistics) in store.statistics().enumerated() {
            compressors[number].trainIfDue(documentCount: statistics.documentCount, store: store)
        }
    }
}

extension DocumentChange {
    fileprivate var rawByteCount: Int {
        switch content {
        case .put(let body, _): body.rawByteCount
        case .delete: 0
        }
    }
}
