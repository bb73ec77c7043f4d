import Budget
import Synchronization

/// What the connections of one address to a port hold together. Any thread; no lock.
final class AddressShare: Sendable {
    private let connections = Atomic<Int>(0)
    private let pages = Atomic<Int>(0)

    func byteCount(of use: MemoryUse) -> Int {
        if use == .heldAnswers { return pages.load(ordering: .relaxed) }
        return connections.load(ordering: .relaxed)
    }

    func add(_ byteCount: Int, for use: MemoryUse) {
        if use == .heldAnswers {
            pages.wrappingAdd(byteCount, ordering: .relaxed)
        } else {
            connections.wrappingAdd(byteCount, ordering: .relaxed)
        }
    }
}
