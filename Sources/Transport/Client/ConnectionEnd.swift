import Synchronization

/// How a client connection has fared, for whoever makes the next one.
package struct ConnectionEnd: Hashable, Sendable {
    /// It has brought a final frame: the server is of use.
    package var hasAnswered: Bool
    /// Since when it takes no new calls; `nil`: it takes them.
    package var leftAt: ContinuousClock.Instant?
    /// How long the server is to be left alone after the way it ended.
    package var wait: Duration

    package init(
        hasAnswered: Bool = false, leftAt: ContinuousClock.Instant? = nil, wait: Duration = .zero
    ) {
        self.hasAnswered = hasAnswered
        self.leftAt = leftAt
        self.wait = wait
    }
}

/// Set once a connection takes no new calls; read from any thread.
final class ConnectionEndFlag: Sendable {
    private let flag = Atomic(false)
    private let state = Mutex(ConnectionEnd())

    /// Asked before each call, so it costs no lock.
    var isSet: Bool { flag.load(ordering: .acquiring) }
    var end: ConnectionEnd { state.withLock { $0 } }

    /// The first time counts, the longest wait, and whether there was an answer by the end.
    func set(hasAnswered: Bool, wait: Duration) {
        state.withLock { end in
            end.leftAt = end.leftAt ?? .now
            end.hasAnswered = end.hasAnswered || hasAnswered
            end.wait = max(end.wait, wait)
        }
        flag.store(true, ordering: .releasing)
    }
}
