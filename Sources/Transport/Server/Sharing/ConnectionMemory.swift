import Budget

/// What a connection has drawn on the process's memory. It gives back as much, whatever ends it.
///
/// On the connection's event loop only.
struct ConnectionMemory: ~Copyable {
    private let budget: MemoryBudget
    /// Whose it is counted for as well, once it is served.
    private(set) var share: AddressShare?
    /// Pages that wait for credit.
    private(set) var pageByteCount = 0
    /// Everything else that the connection holds, in steps.
    private(set) var ownByteCount = 0
    /// Whatever comes late is not counted any more.
    private var isOver = false

    /// The channel, its handlers and its state.
    static let fixedByteCount = 16 << 10
    /// What a call that is open takes, beyond its frame: tables here and in its service.
    static let byteCountOfCall = 512
    /// Counted in steps, so that small calls that come and go change nothing.
    private static let step = 4 << 10

    init(_ budget: MemoryBudget) {
        self.budget = budget
    }

    deinit {
        budget.release(pageByteCount, for: .heldAnswers)
        budget.release(ownByteCount, for: .connections)
        share?.add(-pageByteCount, for: .heldAnswers)
        share?.add(-ownByteCount, for: .connections)
    }

    /// Counts the connection among those of its address, with what it holds already.
    mutating func join(_ share: AddressShare) {
        self.share = share
        share.add(pageByteCount, for: .heldAnswers)
        share.add(ownByteCount, for: .connections)
    }

    /// Whether a call may be taken in that is not answered at once; counted if not.
    var admitsCall: Bool {
        if hasRoom { return true }
        budget.noteRefusal()
        return false
    }

    /// Whether as much is left as the connections of its address hold.
    var hasRoom: Bool {
        budget.hasRoom(for: .connections, besides: share?.byteCount(of: .connections) ?? 0)
    }

    /// Counts what the connection holds now, instead of what it held before.
    mutating func hold(_ byteCount: Int) {
        guard !isOver else { return }
        let next = (byteCount + Self.step - 1) / Self.step * Self.step
        guard next != ownByteCount else { return }
        budget.adjust(by: next - ownByteCount, for: .connections)
        share?.add(next - ownByteCount, for: .connections)
        ownByteCount = next
    }

    /// What another page may take; below 0: nothing.
    var roomForPage: Int {
        budget.room(for: .heldAnswers, besides: share?.byteCount(of: .heldAnswers) ?? 0)
    }

    /// Draws a page's bytes, if there is room for them.
    mutating func reservePage(_ byteCount: Int) -> Bool {
        guard byteCount <= roomForPage else {
            budget.noteRefusal()
            return false
        }
        guard budget.reserve(byteCount, for: .heldAnswers) else { return false }
        share?.add(byteCount, for: .heldAnswers)
        pageByteCount += byteCount
        return true
    }

    mutating func releasePage(_ byteCount: Int) {
        pageByteCount -= byteCount
        share?.add(-byteCount, for: .heldAnswers)
        budget.release(byteCount, for: .heldAnswers)
    }

    mutating func releaseAll() {
        releasePage(pageByteCount)
        hold(0)
        isOver = true
    }
}
