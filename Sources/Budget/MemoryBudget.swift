internal import Synchronization

/// The memory that the process may take, and what it is taken for.
///
/// Whoever lets a caller or an event make the process hold bytes draws on it before it holds them,
/// and gives them back with the same number. A part is set aside for what isn't counted one by
/// one: code, threads, SQLite's caches, what an allocator rounds up. Of the rest, documents take
/// what they need, but for a share that is always left to everything else, and there each use has
/// its own.
///
/// Counting can't see everything, so the memory that the system says the process has is looked at
/// as well (``observe(residentByteCount:)``): near the bound nothing is granted any more.
///
/// Any thread; no lock.
package final class MemoryBudget: Sendable {
    /// The bound on the whole process.
    package let byteCountMax: Int
    /// What is divided: without the part for what isn't counted.
    package let divisibleByteCount: Int
    /// What documents can't take.
    package let workByteCountMin: Int
    /// What documents can take.
    package var documentByteCountMax: Int { divisibleByteCount - workByteCountMin }

    /// What documents may take when they are loaded at a start: a little more, since the last batch
    /// before it may have passed the bound.
    package var loadedDocumentByteCountMax: Int { documentByteCountMax / 100 * 115 }

    private let documents = Atomic<Int>(0)
    private let commands = Atomic<Int>(0)
    private let feed = Atomic<Int>(0)
    private let heldAnswers = Atomic<Int>(0)
    private let connections = Atomic<Int>(0)
    private let projection = Atomic<Int>(0)
    private let resident = Atomic<Int>(0)
    private let pressed = Atomic<Bool>(false)
    private let refused = Atomic<UInt64>(0)

    /// The least that a server can do its work in.
    package static let byteCountMin = 128 << 20

    /// - Parameters:
    ///   - byteCountMax: at least ``byteCountMin``, less counts as that.
    ///   - documentByteCountMax: what documents can take, if it is to be less than they could.
    package init(byteCountMax: Int, documentByteCountMax: Int = .max) {
        let bound = min(max(byteCountMax, Self.byteCountMin), 1 << 50)
        self.byteCountMax = bound
        divisibleByteCount = bound - bound / 5 - (48 << 20)
        let share = min(divisibleByteCount / 10 * 4, 1 << 30)
        workByteCountMin = max(share, divisibleByteCount - max(documentByteCountMax, 0))
    }

    /// A budget of 1 TiB, for tests and tools that are not about it.
    package static var ample: MemoryBudget { MemoryBudget(byteCountMax: 1 << 40) }

    // MARK: - Drawing

    /// Draws bytes, if there is room for them; they are to be given back by ``release(_:for:)``.
    package func reserve(_ byteCount: Int, for use: MemoryUse) -> Bool {
        add(byteCount, to: use)
        guard isOver(use) else { return true }
        add(-byteCount, to: use)
        noteRefusal()
        return false
    }

    /// Counts what was refused, or has to wait, since there was no room for it, in
    /// ``refusalCount``. ``reserve(_:for:)`` does so itself.
    package func noteRefusal() { refused.wrappingAdd(1, ordering: .relaxed) }

    package func release(_ byteCount: Int, for use: MemoryUse) {
        add(-byteCount, to: use)
    }

    /// Counts what is held already, whether there is room or not: what came in before anybody could
    /// say no. Look at ``hasRoom(for:)`` before more is taken in.
    package func adjust(by byteCount: Int, for use: MemoryUse) {
        if byteCount != 0 { add(byteCount, to: use) }
    }

    /// Whether more may be taken in for this use. One or two loads.
    package func hasRoom(for use: MemoryUse) -> Bool { !isOver(use) }

    /// As ``hasRoom(for:)``, but of who holds so much already there has to be as much left. So one
    /// alone gets half, two get a third each, and a newcomer always finds something.
    package func hasRoom(for use: MemoryUse, besides heldByteCount: Int) -> Bool {
        room(for: use, besides: heldByteCount) >= 0
    }

    /// How many bytes such a one may take now; below 0: none.
    package func room(for use: MemoryUse, besides heldByteCount: Int) -> Int {
        guard !pressed.load(ordering: .relaxed) else { return -1 }
        return byteCountMax(of: use) - heldByteCount - byteCount(of: use)
    }

    private func isOver(_ use: MemoryUse) -> Bool {
        pressed.load(ordering: .relaxed) || byteCount(of: use) > byteCountMax(of: use)
    }

    /// What a use may take now: more if the documents don't take what they could.
    package func byteCountMax(of use: MemoryUse) -> Int {
        guard use != .documents else { return documentByteCountMax }
        let documents = documents.load(ordering: .relaxed)
        return (divisibleByteCount - min(documents, documentByteCountMax)) / 100 * use.percent
    }

    /// What a use may take however much the documents take. To bound what is shared out fairly:
    /// where fairness is to hold, its own bound has to be met before this one.
    package func leastByteCountMax(of use: MemoryUse) -> Int {
        workByteCountMin / 100 * use.percent
    }

    private func add(_ byteCount: Int, to use: MemoryUse) {
        switch use {
        case .commands: commands.wrappingAdd(byteCount, ordering: .relaxed)
        case .feed: feed.wrappingAdd(byteCount, ordering: .relaxed)
        case .heldAnswers: heldAnswers.wrappingAdd(byteCount, ordering: .relaxed)
        case .connections: connections.wrappingAdd(byteCount, ordering: .relaxed)
        case .projection: projection.wrappingAdd(byteCount, ordering: .relaxed)
        case .documents: documents.wrappingAdd(byteCount, ordering: .relaxed)
        }
    }

    // MARK: - What the system says

    /// Takes note of the memory that the process really has.
    package func observe(residentByteCount: Int) {
        resident.store(residentByteCount, ordering: .relaxed)
        let high = byteCountMax / 100 * 94
        let low = byteCountMax / 100 * 90
        if residentByteCount >= high {
            pressed.store(true, ordering: .relaxed)
        } else if residentByteCount < low {
            pressed.store(false, ordering: .relaxed)
        }
    }

    /// From here on the allocator is asked to give back what it keeps.
    var trimByteCount: Int { byteCountMax / 100 * 85 }
    /// Whether so little is left that nothing is granted.
    package var isPressed: Bool { pressed.load(ordering: .relaxed) }
    /// What the system said last; 0 before it was asked.
    package var residentByteCount: Int { resident.load(ordering: .relaxed) }
    /// How often something was refused for want of memory.
    package var refusalCount: UInt64 { refused.load(ordering: .relaxed) }

    /// How many bytes are drawn for a use.
    package func byteCount(of use: MemoryUse) -> Int {
        switch use {
        case .commands: commands.load(ordering: .relaxed)
        case .feed: feed.load(ordering: .relaxed)
        case .heldAnswers: heldAnswers.load(ordering: .relaxed)
        case .connections: connections.load(ordering: .relaxed)
        case .projection: projection.load(ordering: .relaxed)
        case .documents: documents.load(ordering: .relaxed)
        }
    }
}
