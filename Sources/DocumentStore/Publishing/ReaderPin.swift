import Synchronization

/// Says whether one reader is reading: the counter is odd from pin to unpin, and never the same
/// twice.
///
/// Only its reader writes it, with plain stores: nothing that another thread does makes a reader
/// repeat or wait.
///
/// Why a reader never sees memory that the writer changes. The reader
///   1. stores an odd counter,
///   2. loads which side is active, and reads there,
///   3. stores an even counter.
/// The writer, which has just finished a side,
///   4. stores that this side is active,
///   5. loads the counter of every reader,
///   6. before it touches the other side, waits until each counter that was odd has changed.
///
/// 1, 2, 4 and 5 are sequentially consistent, so all threads agree on one order of them. If 5 did
/// not see 1, then 5 came before 1 in that order, hence 4 before 2: the reader is on the new side.
/// If 5 saw 1, the reader may be on either side, and 6 waits for its step 3. That store releases
/// and the loads of 5 and 6 acquire, so all that the reader read, it read before the writer goes
/// on. A reader that pins again during 6 has a new counter and comes after 4; it need not be
/// waited for, so that a busy reader cannot starve the writer. Weaker orders would not do: with
/// acquire and release alone, 2 may be performed before 1 is visible.
final class ReaderPin: Sendable {
    private let counter = Atomic<UInt64>(0)
    // Keeps the counters of two readers out of one cache line, and out of the adjacent line that
    // processors fetch along: a pin is a store, and would take the line from the other core.
    private let padding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0, 0, 0, 0, 0, 0, 0, 0
    )
    private let morePadding: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)

    /// Step 1. The reader's thread only.
    func pin() {
        counter.store(counter.load(ordering: .relaxed) &+ 1, ordering: .sequentiallyConsistent)
    }

    /// Step 3. The reader's thread only.
    func unpin() {
        counter.store(counter.load(ordering: .relaxed) &+ 1, ordering: .releasing)
    }

    /// Step 5: the counter if it is odd, to be waited for.
    func pinned() -> UInt64? {
        let value = counter.load(ordering: .sequentiallyConsistent)
        return value & 1 == 1 ? value : nil
    }

    /// Step 6: whether the reader is still in the reading that ``pinned()`` saw.
    func isStill(_ value: UInt64) -> Bool {
        counter.load(ordering: .acquiring) == value
    }
}
