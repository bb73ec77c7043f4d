import Synchronization

/// The readers that a writer has to wait for.
final class ReaderRegistry: Sendable {
    /// Each thread that reads has a reader, and there are few of those.
    static let readerCountMax = 256

    private let pins = Mutex<[ReaderPin]>([])

    /// A pin for a new reader. More readers than ``readerCountMax`` are our own bug.
    func add() -> ReaderPin {
        let pin = ReaderPin()
        pins.withLock { pins in
            precondition(
                pins.count < Self.readerCountMax,
                "More than 256 readers were made of one document store.")
            pins.append(pin)
        }
        return pin
    }

    func remove(_ pin: ReaderPin) {
        pins.withLock { pins in pins.removeAll { $0 === pin } }
    }

    /// The readers that may still be on the side that was active before.
    ///
    /// A reader that is added during or after this pins later still, and sees the new side: the
    /// lock orders its first pin behind the flip.
    func pinnedReaders() -> [PinnedReader] {
        pins.withLock { pins in
            pins.compactMap { pin in
                pin.pinned().map { PinnedReader(pin: pin, counter: $0) }
            }
        }
    }
}

/// A reader that was reading when the sides were flipped.
struct PinnedReader: Sendable {
    let pin: ReaderPin
    let counter: UInt64

    /// Returns when that reading is over: as a rule at once, since a reader pins for the length
    /// of one batch of requests and a writer comes back a whole batch of changes later.
    func wait() {
        var pause = ThreadPause()
        while pin.isStill(counter) { pause.next() }
    }
}
