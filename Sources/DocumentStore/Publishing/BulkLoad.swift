// Filling an empty store with all that it is to begin with.
//
// Batch by batch, each document would go a way down each tree, twice, mostly through memory that no
// cache holds: with a million orders that was two thirds of a start. Here documents are gathered
// first; then each index is sorted once, two at a time, and both sides' trees are built of it from
// left to right.
internal import TandemCore

/// The documents of an empty store, before anything leads to them. They belong to this until a
/// store has taken them.
@safe final class BulkLoad {
    let schema: [CollectionSchema]
    /// By collection, in the order of their keys: their places are their slots.
    private(set) var records: [[StoredRecord.Base]]
    /// What the documents take by themselves.
    private(set) var recordByteCount = 0

    init(_ schema: [CollectionSchema]) {
        self.schema = schema
        records = schema.map { _ in [] }
    }

    deinit {
        for base in records.joined() { unsafe StoredRecord(base: base.pointer).free() }
    }

    /// Adds a document whose index keys have their indexes' widths. False, and it stays the
    /// caller's, unless its key comes behind all others of its collection.
    func add(_ record: StoredRecord, to collection: Int) -> Bool {
        if let last = records[collection].last {
            guard unsafe StoredRecord(base: last.pointer).precedes(record) else { return false }
        }
        unsafe records[collection].append(StoredRecord.Base(pointer: record.base))
        unsafe recordByteCount += record.memoryByteCount
        return true
    }

    /// What a store takes that is filled with this: the documents, and twice what leads to them.
    var memoryByteCount: Int {
        zip(schema, records).reduce(recordByteCount) { sum, collection in
            sum + 2 * Replica.byteCount(filledWith: collection.1.count, collection.0)
        }
    }

    /// Has `check` look at each document, on all cores; whether it found all of them good.
    ///
    /// - Parameter check: is given the collection, the place within it, and the document.
    func allSatisfy(_ check: (Int, Int, StoredRecord) -> Bool) -> Bool {
        records.enumerated().allSatisfy { collection, records in
            Parallel.map(records.count, shareCount: 1_024) { place in
                unsafe check(collection, place, StoredRecord(base: records[place].pointer))
            }.allSatisfy(\.self)
        }
    }

    /// Builds all that leads to the documents, on both sides, which are empty and which nobody
    /// reads. False if two documents have the same key in an index, which then has no tree.
    func build(_ leftRight: LeftRight, _ hash: SipHash) -> Bool {
        // The trees first: they take longest. `nil` stands for the way by the key.
        let parts = schema.indices.flatMap { collection in
            schema[collection].indexes.indices.map { (collection, Optional($0)) }
        } + schema.indices.map { ($0, nil) }
        return Parallel.map(Self.laneCount, shareCount: 1) { lane in
            // All of them: each document is led to, whatever is found on the way.
            stride(from: lane, to: parts.count, by: Self.laneCount).reduce(true) { isUnique, part in
                let (collection, index) = parts[part]
                return build(collection, index, leftRight, hash) && isUnique
            }
        }.allSatisfy(\.self)
    }

    /// How many indexes are sorted at once. Each takes 64 bytes a document for as long, which
    /// nobody has counted: as many as there are cores could be more than the documents themselves.
    private static let laneCount = 2

    private func build(
        _ collection: Int, _ index: Int?, _ leftRight: LeftRight, _ hash: SipHash
    ) -> Bool {
        let replicas = unsafe leftRight.both().map { unsafe $0.pointee.collection(collection) }
        guard let index else {
            let hashes = records[collection].map { base in
                UInt32(
                    truncatingIfNeeded: hash.hash(unsafe StoredRecord(base: base.pointer).key))
            }
            for unsafe replica in unsafe replicas {
                unsafe replica.pointee.fill(records[collection], hashes)
            }
            return true
        }
        let run = SortedRun(records[collection], schema[collection], index: index)
        guard run.isUnique else { return false }
        for unsafe replica in unsafe replicas {
            unsafe replica.pointee.fillTree(index, with: run)
        }
        return true
    }

    /// Hands the documents over: a store frees them from now on.
    func taken() {
        records = schema.map { _ in [] }
    }
}
