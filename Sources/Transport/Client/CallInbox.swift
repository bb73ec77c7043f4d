import Synchronization

/// Calls on their way from the threads that make them to the connection's event loop.
///
/// The loop is woken for the first one only, and not at all while it reads what came: it looks here
/// when it is done. Waking it takes a system call.
final class CallInbox: Sendable {
    private let state = Mutex(State())

    private struct State {
        var calls: [ClientCall] = []
        var isLoopComing = false
    }

    /// Memory for more calls than this is not kept.
    private static let keptCount = 4_096

    /// From any thread. True if the loop has to be told to come and ``take(into:)``.
    func add(_ call: ClientCall) -> Bool {
        state.withLock { state in
            state.calls.append(call)
            defer { state.isLoopComing = true }
            return !state.isLoopComing
        }
    }

    /// The loop says that it will ``take(into:)`` soon.
    func willTake() {
        state.withLock { $0.isLoopComing = true }
    }

    /// All that have come, in their order, in exchange for an empty array, whose memory takes the
    /// next ones.
    func take(into calls: inout [ClientCall]) {
        if calls.capacity > Self.keptCount { calls = [] }
        calls.removeAll(keepingCapacity: true)
        state.withLock { state in
            swap(&state.calls, &calls)
            state.isLoopComing = false
        }
    }
}
