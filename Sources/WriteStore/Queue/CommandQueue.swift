internal import Dispatch
internal import Synchronization

/// What waits for the writer: bounded, filled by any thread, emptied by one, in turns.
final class CommandQueue<Element: Sendable>: Sendable {
    private let groupMax: QueueLoad
    private let state: Mutex<State>
    private let wakeUp = DispatchSemaphore(value: 0)

    private struct State {
        var waiting: FairQueue<Element>
        var isClosed = false
        var isTakerWaiting = false

        /// True if the waiting taker is to be woken; that is done outside the lock.
        mutating func claimWakeUp() -> Bool {
            defer { isTakerWaiting = false }
            return isTakerWaiting
        }
    }

    init(loadMax: QueueLoad, groupMax: QueueLoad) {
        self.groupMax = groupMax
        state = Mutex(State(waiting: FairQueue(loadMax: loadMax)))
    }

    var load: QueueLoad {
        state.withLock { $0.waiting.load }
    }

    func openLane(address: String) -> CommandLane {
        state.withLock { $0.waiting.openLane(address: address) }
    }

    /// Hands out what waits in it: nobody is there for it any more.
    func closeLane(_ lane: CommandLane) -> [Element] {
        state.withLock { $0.waiting.closeLane(lane) }
    }

    /// False if there is no room for it, or the queue or the lane is closed.
    func append(_ element: Element, byteCount: Int, to lane: CommandLane) -> Bool {
        let (isAccepted, mustWake) = state.withLock { state in
            guard !state.isClosed,
                state.waiting.append(element, byteCount: byteCount, to: lane)
            else { return (false, false) }
            return (true, state.claimWakeUp())
        }
        if mustWake { wakeUp.signal() }
        return isAccepted
    }

    /// The next group, at least one element; waits for one. `nil` once the queue is closed and
    /// empty. One thread only.
    func takeGroup() -> [Element]? {
        while true {
            let (group, isOver): ([Element], Bool) = state.withLock { state in
                let group = state.waiting.takeGroup(upTo: groupMax)
                state.isTakerWaiting = group.isEmpty && !state.isClosed
                return (group, group.isEmpty && state.isClosed)
            }
            if !group.isEmpty { return group }
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
