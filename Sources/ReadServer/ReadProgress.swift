import ConnectionState
import Synchronization
import TandemCore

/// How far the read side is, and how current: written by the projector, read by the ports.
final class ReadProgress: Sendable {
    private struct State {
        var epoch: LogEpoch?
        var clusterID: [UInt8] = []
        var head = LogPosition.beginning
        var isFeedConnected = false
        /// Why the projection has stopped for good.
        var stopped: String?
        /// Why the projection waits at the moment.
        var heldUp: Wait?
        var pendingFanOuts = 0
        var knownEnd: LogEnd?
    }

    /// Why the projection waits.
    struct Wait: Equatable {
        let reason: String
        /// It ends with a restart only.
        let isLasting: Bool
    }

    private let state = Mutex(State())
    private let waitLasts = Atomic<Bool>(false)
    private let elsewhere: @Sendable () -> [String]
    /// When the documents were last known to reflect the whole log, in monotonic nanoseconds; 0:
    /// not since this process began, which is not the same as just now.
    private let completeAt = Atomic<UInt64>(0)

    /// - Parameter elsewhere: what is wrong with other parts of the process.
    init(elsewhere: @escaping @Sendable () -> [String] = { [] }) {
        self.elsewhere = elsewhere
    }

    /// The log's last position that was heard of.
    var head: LogPosition { state.withLock { $0.head } }
    var epoch: LogEpoch? { state.withLock { $0.epoch } }
    var clusterID: [UInt8] { state.withLock { $0.clusterID } }
    var isFeedConnected: Bool { state.withLock { $0.isFeedConnected } }
    var stopped: String? { state.withLock { $0.stopped } }

    /// Why the documents get no further, for now or for good.
    var obstacle: String? { state.withLock { $0.stopped ?? $0.heldUp?.reason } }

    /// Why the projection waits at the moment; `nil` if it doesn't.
    var heldUp: Wait? {
        get { state.withLock { $0.heldUp } }
        set {
            state.withLock { $0.heldUp = newValue }
            waitLasts.store(newValue?.isLasting == true, ordering: .relaxed)
        }
    }

    /// Whether the projection waits for what only a restart can bring: then there is no use in
    /// waiting with it, and old answers that say how old they are are better than none.
    var isHeldUpForGood: Bool { waitLasts.load(ordering: .relaxed) }

    /// Whether the documents get on: nothing tells how long the rest takes while they don't.
    var isMoving: Bool {
        state.withLock { $0.isFeedConnected && $0.stopped == nil && $0.heldUp == nil }
    }

    /// How many events there are whose change has not been written into all of its documents.
    var pendingFanOuts: Int {
        get { state.withLock { $0.pendingFanOuts } }
        set { state.withLock { $0.pendingFanOuts = newValue } }
    }

    /// The last position up to the published one at which the log's digest is known. A write server
    /// that has another one there has another log.
    var knownEnd: LogEnd? {
        get { state.withLock { $0.knownEnd } }
        set { state.withLock { $0.knownEnd = newValue } }
    }

    /// Why answers are not as current as they should be; empty if they are.
    func troubles() -> [String] {
        let elsewhere = elsewhere()
        return state.withLock { state in
            var troubles = elsewhere
            if let stopped = state.stopped {
                troubles.append("The projection has stopped: \(stopped)")
            }
            if let heldUp = state.heldUp {
                troubles.append("The projection waits: \(heldUp.reason)")
            }
            if !state.isFeedConnected {
                troubles.append("The feed is not connected: answers are growing old.")
            }
            return troubles
        }
    }

    func follows(epoch: LogEpoch, clusterID: [UInt8]) {
        state.withLock { state in
            state.epoch = epoch
            state.clusterID = clusterID
        }
    }

    func feedIsConnected(_ isConnected: Bool) {
        state.withLock { $0.isFeedConnected = isConnected }
    }

    func heard(head: LogPosition) {
        state.withLock { $0.head = max($0.head, head) }
    }

    func stop(because reason: String) {
        state.withLock { $0.stopped = $0.stopped ?? reason }
    }

    /// The documents reflected everything up to the head when that batch was sent.
    func isComplete(at now: MonotonicTime) {
        completeAt.store(now.nanoseconds, ordering: .relaxed)
    }

    /// How long ago the documents were last known to be complete, in milliseconds; the greatest
    /// number if that isn't known.
    func staleness(now: MonotonicTime) -> UInt32 {
        let complete = completeAt.load(ordering: .relaxed)
        guard complete != 0 else { return .max }
        // Another thread may have noted a later time than ours.
        guard now.nanoseconds > complete else { return 0 }
        // In whole numbers: a quotient of two durations takes longer than a look-up.
        return UInt32(clamping: (now.nanoseconds - complete) / 1_000_000)
    }
}
