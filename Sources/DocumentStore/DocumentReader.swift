package import TandemCore

/// Reads the store from one thread, such as an event loop's. Takes no lock, allocates nothing,
/// and never waits for the writer.
///
/// Reading needs a pin, which keeps one published state in place: pin once for a batch of requests,
/// copy what they ask for, unpin. A pin that is held makes the writer wait.
@safe package final class DocumentReader {
    /// Keeps the memory that the pointers below lead to.
    private let store: DocumentStore
    private let leftRight: LeftRight
    private let readers: ReaderRegistry
    private let pinOfReader: ReaderPin
    private let hash: SipHash
    /// What is to be found by ``findAll()``, and then was; valid until ``unpin()``.
    package let lookUps = LookUps()
    private let run = ScanRun()
    /// The pinned side; nil when not pinned.
    private var side: UnsafeMutablePointer<LeftRight.Side>?
    /// What has to be applied to the pinned documents; as a rule nothing.
    package private(set) var overlay: (any DocumentOverlay)?

    init(store: DocumentStore, leftRight: LeftRight, readers: ReaderRegistry, hash: SipHash) {
        self.store = store
        self.leftRight = leftRight
        self.readers = readers
        self.hash = hash
        pinOfReader = readers.add()
    }

    deinit {
        readers.remove(pinOfReader)
    }

    /// Keeps the present state until ``unpin()``. Not to be nested.
    package func pin() {
        precondition(unsafe side == nil, "A reader was pinned twice.")
        pinOfReader.pin()
        let active = unsafe leftRight.active()
        unsafe side = unsafe active
        unsafe overlay = active.pointee.overlay
    }

    /// Lets the state go; documents read since ``pin()`` are not valid any more.
    package func unpin() {
        precondition(unsafe side != nil, "A reader was unpinned that was not pinned.")
        unsafe side = nil
        overlay = nil
        lookUps.forgetFound()
        pinOfReader.unpin()
    }

    /// The position of the pinned state.
    package var position: LogPosition {
        unsafe pinnedSide.pointee.position
    }

    /// The document with a key, if there is one.
    package func document(collection: Int, key: DocumentKey) -> StoredDocument? {
        let collection = unsafe pinnedSide.pointee.collection(collection)
        let hash32 = UInt32(truncatingIfNeeded: hash.hash(key))
        guard let slot = unsafe collection.pointee.slot(of: key, hash32: hash32) else {
            return nil
        }
        return unsafe StoredDocument(collection.pointee.record(slot))
    }

    /// Visits all documents of a collection, in no order.
    package func forEach(
        in collection: Int, _ visit: (StoredDocument) throws -> Void
    ) rethrows {
        let collection = unsafe pinnedSide.pointee.collection(collection)
        try unsafe collection.pointee.forEachRecord { try unsafe visit(StoredDocument($0)) }
    }

    /// Looks up together what was added to ``lookUps``.
    package func findAll() {
        unsafe lookUps.find(on: pinnedSide, hash)
    }

    /// The first document of a range, if it has one.
    package func first(_ range: IndexRange) -> StoredDocument? {
        var first: StoredDocument?
        _ = scan(range, after: nil, limit: 1) { document in
            first = document
            return false
        }
        return first
    }

    /// Visits the documents of a range, in its order, until `visit` answers false.
    ///
    /// Starts behind `after`, which may be any bytes (it comes from clients) and need not be a key
    /// that exists. Visits at most `limit` documents, and none when that is not positive. Returns
    /// the key to continue after, or `nil` when there are no more. Takes O(log n + limit). Not to
    /// be nested: `visit` may look documents up, but not scan.
    package func scan(
        _ range: IndexRange, after: DocumentKey?, limit: Int,
        visitWhile visit: (StoredDocument) -> Bool
    ) -> DocumentKey? {
        scanRuns(range, after: after, limit: limit) { run in
            for index in 0..<run.count {
                if !visit(run[index]) { return (index + 1, false) }
            }
            return (run.count, true)
        }
    }

    /// As ``scan(_:after:limit:visitWhile:)``, a run of neighbours at a time.
    ///
    /// - Parameter visit: answers how many of the run it has visited, and whether it goes on (which
    ///   it does with whole runs only).
    package func scanRuns(
        _ range: IndexRange, after: DocumentKey?, limit: Int,
        visit: (ScanRun) -> (visitedCount: Int, goesOn: Bool)
    ) -> DocumentKey? {
        let collection = unsafe pinnedSide.pointee.collection(range.collection)
        let tree = unsafe collection.pointee.tree(range.index)
        let width = tree.layout.keyByteCount
        guard limit > 0, range.prefix.byteCount <= width else { return nil }
        let start = ScanStart(range, after: after, keyByteCount: width)
        var cursor = unsafe tree.cursor(after: start.key, orEqual: start.orEqual)
        run.begin()
        defer { run.end() }
        var visitedCount = 0
        while true {
            let askedCount = min(limit - visitedCount, ScanRun.countMax)
            unsafe run.take(askedCount, from: &cursor, of: range, width, collection)
            if run.count > 0 {
                let (count, goesOn) = visit(run)
                precondition(
                    count > 0 && count <= run.count, "A scan goes on behind what was visited.")
                visitedCount += count
                if !goesOn {
                    // Enough before the limit: the rest of this run was fetched in vain.
                    let last = run.key(count - 1, width)
                    let isMore = unsafe count < run.count || run.isMore(&cursor, of: range, width)
                    return isMore ? last : nil
                }
            }
            if run.count < askedCount { return nil }
            if visitedCount == limit {
                let last = run.key(run.count - 1, width)
                return unsafe run.isMore(&cursor, of: range, width) ? last : nil
            }
        }
    }

    private var pinnedSide: UnsafeMutablePointer<LeftRight.Side> {
        guard let side = unsafe side else {
            preconditionFailure("The store was read without a pin.")
        }
        return unsafe side
    }
}
