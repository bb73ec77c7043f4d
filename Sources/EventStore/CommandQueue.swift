internal import Dispatch
internal import Synchronization

/// What waits for the writer: bounded, filled by any thread, emptied by one.
///
/// Held in chunks of a group's size, so that the writer takes a whole group without moving the
/// others.
final class CommandQueue<Element: Sendable>: Sendable {
    private let countMax: Int
    private let chunkCountMax: Int
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    private struct State {
        var chunks: [[Element]] = []
        var count = 0
        var isClosed = false
        var isTakerWaiting = false

        /// True if the waiting taker is to be woken; that is done outside the lock.
        mutating func claimWakeUp() -> Bool {
            defer { isTakerWaiting = false }
            return isTakerWaiting
        }
    }

    init(countMax: Int, chunkCountMax: Int) {
        self.countMax = max(countMax, 1)
        self.chunkCountMax = max(chunkCountMax, 1)
    }

    var count: Int {
        state.withLock { $0.count }
    }

    /// False if the queue is full or closed.
    func append(_ element: Element) -> Bool {
        let (isAccepted, mustWake) = state.withLock { state in
            guard !state.isClosed, state.count < countMax else { return (false, false) }
            if let last = state.chunks.indices.last, state.chunks[last].count < chunkCountMax {
                state.chunks[last].append(element)
            } else {
                state.chunks.append([element])
            }
            state.count += 1
            return (true, state.claimWakeUp())
        }
        if mustWake { wakeUp.signal() }
        return isAccepted
    }

    /// At least one element and at most a chunk, oldest first; waits for one. `nil` once the queue
    /// is closed and empty. One thread only.
    func takeChunk() -> [Element]? {
        while true {
            let (chunk, isOver): ([Element]?, Bool) = state.withLock { state in
                guard !state.chunks.isEmpty else {
                    state.isTakerWaiting = !state.isClosed
                    return (nil, state.isClosed)
                }
                let chunk = state.chunks.removeFirst()
                state.count -= chunk.count
                return (chunk, false)
            }
            if let chunk { return chunk }
            if isOver { return nil }
            wakeUp.wait()
        }
    }

    /// Refuses what comes from now on; what waits is still handed out.
    func close() {
        let mustWake = state.withLock { state in
            state.isClosed = true
            return state.claimWakeUp()
        }
        if mustWake { wakeUp.signal() }
    }
}
