import Synchronization
import TandemCore

/// Both copies of all indexes, and which of them readers are to use.
///
/// Unchecked: the memory behind the pointers is written by the one writer, on the idle side only,
/// and read by pinned readers, on the active side only; ``ReaderPin`` says why that is enough.
@safe final class LeftRight: @unchecked Sendable {
    /// One side: its collections and the position they stand for.
    @unsafe struct Side {
        let collections: UnsafeMutablePointer<Replica>
        let collectionCount: Int
        var position = LogPosition.beginning
        var overlay: (any DocumentOverlay)?

        /// A collection by its number, which comes from a domain's query or reducer.
        func collection(_ number: Int) -> UnsafeMutablePointer<Replica> {
            precondition(
                unsafe number >= 0 && number < collectionCount,
                "A query or change names a collection that the store does not have.")
            return unsafe collections + number
        }
    }

    private let sides: UnsafeMutablePointer<Side>
    private let activeIndex = Atomic<Int>(0)

    init(_ schema: [CollectionSchema]) {
        unsafe sides = .allocate(capacity: 2)
        for side in 0..<2 {
            let collections = UnsafeMutablePointer<Replica>.allocate(
                capacity: max(1, schema.count))
            for (index, collection) in schema.enumerated() {
                unsafe (collections + index).initialize(to: Replica(collection))
            }
            unsafe (sides + side).initialize(
                to: Side(collections: collections, collectionCount: schema.count))
        }
    }

    deinit {
        // Records are shared: those that are alive are freed once. `StoreWriter` has freed the
        // retired ones before.
        let active = unsafe active()
        for number in 0..<(unsafe active.pointee.collectionCount) {
            unsafe active.pointee.collections[number].forEachRecord { unsafe $0.free() }
        }
        for side in 0..<2 {
            for number in 0..<(unsafe sides[side].collectionCount) {
                unsafe sides[side].collections[number].destroy()
            }
            unsafe sides[side].collections.deallocate()
            unsafe (sides + side).deinitialize(count: 1)
        }
        unsafe sides.deallocate()
    }

    /// Step 2 of ``ReaderPin``: what a pinned reader reads.
    func active() -> UnsafeMutablePointer<Side> {
        unsafe sides + activeIndex.load(ordering: .sequentiallyConsistent)
    }

    /// What the writer changes. Its thread only.
    func idle() -> UnsafeMutablePointer<Side> {
        unsafe sides + (1 - activeIndex.load(ordering: .relaxed))
    }

    /// Both of them, of a store that has no readers yet.
    func both() -> [UnsafeMutablePointer<Side>] {
        unsafe [sides, sides + 1]
    }

    /// Has both of them stand for a position, in a store that has no readers yet.
    func begin(at position: LogPosition) {
        for side in 0..<2 { unsafe sides[side].position = position }
    }

    /// Step 4 of ``ReaderPin``: the idle side is what readers get from now on.
    func flip() {
        activeIndex.store(
            1 - activeIndex.load(ordering: .relaxed), ordering: .sequentiallyConsistent)
    }
}
