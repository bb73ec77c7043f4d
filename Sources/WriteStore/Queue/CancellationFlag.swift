internal import Synchronization

/// Decides once whether a queued command runs or was cancelled; shared by the connection that
/// sent it and the writer.
package final class CancellationFlag: Sendable {
    private let state = Atomic(State.waiting.rawValue)

    private enum State: UInt8 {
        case waiting, begun, cancelled
    }

    package init() {}

    /// True if the command will not run: the writer answers CANCELLED. False if the writer has
    /// taken it up: its real outcome follows.
    @discardableResult
    package func cancel() -> Bool {
        leaveWaiting(for: .cancelled)
    }

    /// True if the command is to be run now.
    package func begin() -> Bool {
        leaveWaiting(for: .begun)
    }

    private func leaveWaiting(for next: State) -> Bool {
        state.compareExchange(
            expected: State.waiting.rawValue, desired: next.rawValue,
            ordering: .acquiringAndReleasing
        ).exchanged
    }
}
