import Synchronization

/// How many attempts there were, by name: of the last names only.
final class AttemptCounts: Sendable {
    private struct State {
        var counts: [String: UInt32] = [:]
        /// Oldest first.
        var names: [String] = []
        var byteCount = 0
    }

    private static let nameCountMax = 1_024
    /// Of all names together, so that long ones can't fill the memory.
    private static let byteCountMax = 4 << 20

    private let state = Mutex(State())

    /// Counts one more attempt, and says how many there were, this one included.
    func count(_ name: String) -> UInt32 {
        state.withLock { state in
            let count = (state.counts[name] ?? 0) &+ 1
            if count == 1 {
                state.names.append(name)
                state.byteCount += name.utf8.count
                Self.forgetOldest(&state)
            }
            state.counts[name] = count
            return count
        }
    }

    private static func forgetOldest(_ state: inout State) {
        while state.names.count > nameCountMax
            || (state.byteCount > byteCountMax && state.names.count > 1)
        {
            let oldest = state.names.removeFirst()
            state.counts[oldest] = nil
            state.byteCount -= oldest.utf8.count
        }
    }
}
