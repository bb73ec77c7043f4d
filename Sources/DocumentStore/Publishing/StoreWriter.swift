import TandemCore

/// Applies batches to the two sides in turn.
///
/// A batch is resolved and applied on the idle side, which is then made the active one. The steps
/// are kept, and carried out on the other side at the start of the next batch, when no reader can
/// be there any more. Only then nothing leads to the records that the batch replaced: they are
/// off both sides, and readers of the side they were last on have been waited for.
@safe struct StoreWriter {
    private let leftRight: LeftRight
    private let readers: ReaderRegistry
    private let hash: SipHash
    private var collections: [WriterCollection]
    /// Done on the active side, not yet on the idle one.
    private var pending: [ReplicaOperation] = []
    private var pinnedReaders: [PinnedReader] = []

    /// The steps of a usual batch; the memory of more is given back.
    private static let pendingCapacityMax = 65_536

    init(
        _ schema: [CollectionSchema], leftRight: LeftRight, readers: ReaderRegistry, hash: SipHash
    ) {
        self.leftRight = leftRight
        self.readers = readers
        self.hash = hash
        collections = schema.map { WriterCollection($0) }
    }

    /// Applies a batch and shows it to readers in one step. False when two documents have the
    /// same key in an index, in which case the store is no good any more.
    mutating func publish(
        _ changes: [DocumentChange], position: LogPosition, overlay: (any DocumentOverlay)?
    ) -> Bool {
        for reader in pinnedReaders { reader.wait() }
        catchUp()
        let side = unsafe leftRight.idle()
        var isUnique = true
        for change in changes {
            guard let operation = unsafe resolve(change, on: side) else { continue }
            let isApplied = unsafe side.pointee.collection(change.collection).pointee
                .apply(operation)
            isUnique = isUnique && isApplied
            pending.append(operation)
        }
        unsafe side.pointee.position = position
        unsafe side.pointee.overlay = overlay
        leftRight.flip()
        pinnedReaders = readers.pinnedReaders()
        return isUnique
    }

    /// Takes what an empty store is to begin with, which has no readers yet. False when two of the
    /// documents have the same key in an index, in which case the store is no good any more.
    mutating func fill(with load: BulkLoad, position: LogPosition) -> Bool {
        precondition(
            pending.isEmpty && collections.allSatisfy { $0.documentCount == 0 },
            "A store that is in use was filled.")
        let isUnique = load.build(leftRight, hash)
        // Either way both sides lead to all of them.
        for (number, records) in load.records.enumerated() {
            collections[number].fill(with: records)
        }
        load.taken()
        leftRight.begin(at: position)
        return isUnique
    }

    /// Sums as of the last batch.
    func statistics() -> [CollectionStatistics] {
        // Nobody writes to the active side, so the writer may read it without a pin.
        let side = unsafe leftRight.active()
        return collections.enumerated().map { number, collection in
            collection.statistics(
                sideByteCount: unsafe side.pointee.collections[number].memoryByteCount)
        }
    }

    /// Frees what only the idle side still leads to; the store is going away, and with it the
    /// last reader.
    mutating func freeRetired() {
        for operation in pending {
            if let old = unsafe operation.old { unsafe collections[operation.collection].free(old) }
        }
        pending = []
    }

    /// Brings the idle side to where the active one is.
    private mutating func catchUp() {
        let side = unsafe leftRight.idle()
        for operation in pending {
            // A key that was not free was reported when the step was first carried out.
            _ = unsafe side.pointee.collections[operation.collection].apply(operation)
        }
        for operation in pending {
            if let old = unsafe operation.old { unsafe collections[operation.collection].free(old) }
        }
        let isLarge = pending.count > Self.pendingCapacityMax
        pending.removeAll(keepingCapacity: !isLarge)
    }

    /// Finds the slot and makes the record; `nil` when there is nothing to do.
    private mutating func resolve(
        _ change: DocumentChange, on side: UnsafeMutablePointer<LeftRight.Side>
    ) -> ReplicaOperation? {
        let number = change.collection
        let target = unsafe side.pointee.collection(number)
        let hash32 = UInt32(truncatingIfNeeded: hash.hash(change.key))
        let found = unsafe target.pointee.slot(of: change.key, hash32: hash32)
        let old = unsafe found.map { unsafe target.pointee.record($0) }
        var new: StoredRecord?
        switch change.content {
        case .delete:
            if found == nil { return nil }
            unsafe new = nil
        case .put(let body, let indexKeys):
            requireWidths(indexKeys, collections[number].schema)
            unsafe new = StoredRecord.make(
                key: change.key, indexKeys: indexKeys, body: body, position: change.position)
        }
        let slot = found ?? collections[number].takeSlot()
        if let old = unsafe old { unsafe collections[number].retire(old) }
        if let new = unsafe new {
            unsafe collections[number].add(new)
        } else {
            collections[number].giveBack(slot)
        }
        return unsafe ReplicaOperation(
            collection: number, slot: slot, hash32: hash32, old: old, new: new)
    }

    private func requireWidths(_ indexKeys: [DocumentKey], _ schema: CollectionSchema) {
        precondition(
            indexKeys.count == schema.indexes.count,
            "A document has not one key for each index of its collection.")
        for (key, index) in zip(indexKeys, schema.indexes) {
            precondition(
                key.byteCount == index.keyByteCount,
                "A document has an index key that is not as wide as its index declares.")
        }
    }
}
