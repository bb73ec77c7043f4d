package import EventModel
package import SnapshotStore

/// Turns batches of events into changes of documents, one batch after the other.
///
/// Publishes nothing itself: the caller publishes each batch, with its position, before it runs the
/// next. Not Sendable: it belongs to the store's only writer's thread.
package final class ProjectionRunner {
    private let store: SnapshotStore
    private let reducer: any Reducer
    private let stored: StoredDocuments
    private let editor: DocumentEditor
    private var compressors: [CollectionCompressor]

    /// - Parameters:
    ///   - store: with what its durable copy held already loaded; its schema is the collections'.
    ///   - collections: the domain's document types, in the order of their numbers.
    ///   - cacheByteCountMax: how much of each collection is kept decoded, counted as encoded.
    package init(
        store: SnapshotStore, collections: [any Document.Type], reducer: any Reducer,
        cacheByteCountMax: Int = 32 << 20, plan: TrainingPlan = TrainingPlan()
    ) {
        precondition(
            store.schema == collections.map { $0.collection },
            "the store was made for other collections")
        self.store = store
        self.reducer = reducer
        stored = StoredDocuments(store: store)
        editor = DocumentEditor(
            types: collections, stored: stored, cacheByteCountMax: cacheByteCountMax)
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

    /// What a batch of events changes.
    ///
    /// The events' positions ascend by one. Those up to the checkpoint, the store's position,
    /// are ignored: a feed may repeat itself. A gap is an error and nothing is skipped.
    package func run(_ events: [RecordedEvent]) throws(ProjectionError) -> ProjectedBatch {
        defer {
            stored.unpin()
            editor.endBatch()
        }
        train()
        let checkpoint = store.position
        var position = checkpoint
        for event in events where event.position > checkpoint {
            guard event.position == position.next else {
                throw .gap(expected: position.next, found: event.position)
            }
            try reduce(event)
            position = event.position
        }
        return ProjectedBatch(
            changes: try encodedChanges(), position: position,
            eventCount: Int(clamping: position.rawValue - checkpoint.rawValue))
    }

    private func reduce(_ event: RecordedEvent) throws(ProjectionError) {
        do throws(ReductionError) {
            try reducer.reduce(event, editor)
        } catch {
            throw .reduction(
                error, position: event.position, stream: event.stream, type: event.type)
        }
    }

    /// Encodes each changed document once, however often the batch changed it.
    private func encodedChanges() throws(ProjectionError) -> [DocumentChange] {
        var changes: [DocumentChange] = []
        changes.reserveCapacity(editor.changes.count)
        for (collection, key) in editor.changes {
            changes.append(try encodedChange(collection, key))
        }
        // Only now that nothing can fail any more: the cache holds what will be published.
        for (change, edited) in zip(changes, editor.changes) {
            edited.collection.settle(edited.key, rawByteCount: change.rawByteCount)
        }
        return changes
    }

    private func encodedChange(
        _ collection: CollectionEditor, _ key: DocumentKey
    ) throws(ProjectionError) -> DocumentChange {
        guard let document = collection.changedDocument(key) else {
            return DocumentChange(collection: collection.number, key: key, content: .delete)
        }
        let raw: [UInt8]
        do throws(DocumentCodecError) { raw = try document.encoded() } catch {
            throw .encoding(error, collection: collection.schema.name, key: key)
        }
        return DocumentChange(
            collection: collection.number, key: key,
            content: .put(
                compressors[collection.number].compress(raw), indexKeys: document.indexKeys()))
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
