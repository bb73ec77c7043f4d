import DocumentStore
import TandemCore

/// The fan-outs that are pending, those of the batch at hand included.
///
/// Used by the projector's thread, like the editors that ask it for documents' present state.
final class FanOutQueue {
    /// Published already.
    private(set) var published: [PendingFanOut]
    /// Of this batch's events so far.
    private var added: [PendingFanOut] = []
    /// The pass that carries out the oldest, if it has begun.
    private var pass: FanOutPass?

    /// More are not taken on: readers look through all of them for each document.
    private static let countMax = 256

    init(_ published: [PendingFanOut]) {
        self.published = published
    }

    var isFull: Bool { published.count + added.count >= Self.countMax }

    func add(_ fanOut: PendingFanOut) {
        added.append(fanOut)
    }

    /// The batch will be published, and with it what it has added.
    func settle() {
        published += added
        added = []
    }

    /// Forgets what the batch has added and not settled.
    func endBatch() {
        added = []
    }

    /// A document's present state, if that is another than the one at `through`.
    func present(
        _ box: DocumentBox, collection: Int, through: LogPosition
    ) throws(ReductionError) -> DocumentBox? {
        guard !(published.isEmpty && added.isEmpty) else { return nil }
        var present: DocumentBox?
        for fanOuts in [published, added] {
            for fanOut in fanOuts {
                let latest = present ?? box
                if fanOut.concerns(latest, collection: collection, through: through) {
                    present = fanOut.changed(latest)
                }
            }
        }
        guard let present else { return nil }
        // One that moved documents in an index would have to be searched for by readers.
        guard present.indexKeys() == box.indexKeys() else { throw .movedByFanOut }
        return present
    }

    /// The pass over the oldest fan-out's documents; `nil` when nothing is pending.
    func nextPass() -> FanOutPass? {
        guard let oldest = published.first, let newest = published.last else { return nil }
        if let pass { return pass }
        return FanOutPass(range: oldest.range, through: newest.position)
    }

    /// Takes note of how far a pass has come.
    func advance(_ pass: FanOutPass, hasEnded: Bool) {
        self.pass = hasEnded ? nil : pass
        guard hasEnded else { return }
        // Every document of the range has all of these: the pass has met it, or something newer
        // than the pass's beginning has written it.
        published.removeAll { $0.range == pass.range && $0.position <= pass.through }
    }
}

/// One walk over a range's documents.
struct FanOutPass {
    let range: FanOutRange
    /// What was pending when it began; what came later needs another walk.
    let through: LogPosition
    /// The index key of the last document that was met.
    var cursor: DocumentKey?
}
