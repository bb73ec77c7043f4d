import Synchronization
package import TandemCore

/// The highest position that a session has seen.
package final class SessionToken: Sendable {
    private let token: Mutex<ConsistencyToken?>

    package init(_ token: ConsistencyToken?) {
        self.token = Mutex(token)
    }

    package var current: ConsistencyToken? { token.withLock { $0 } }

    /// Positions of one log only go up. A token of another log replaces the one held: the log was
    /// restored from a copy, and what was seen of the old one can't be asked for any more. The
    /// query that finds this out fails, once, with FAILED_PRECONDITION.
    package func observe(_ seen: ConsistencyToken?) {
        guard let seen else { return }
        token.withLock { held in
            if let present = held, present.epoch == seen.epoch, present.position >= seen.position {
                return
            }
            held = seen
        }
    }
}

extension SessionToken {
    /// The log of that epoch is gone: what was seen of it can't be asked for any more.
    package func forget(_ epoch: LogEpoch) {
        token.withLock { held in
            if held?.epoch == epoch { held = nil }
        }
    }

    /// What a query must reflect: what the session has seen and what the caller asks for. Of two
    /// logs, the caller's word counts.
    package func demand(with asked: ConsistencyToken?) -> ConsistencyToken? {
        guard let asked else { return current }
        guard let held = current, held.epoch == asked.epoch else { return asked }
        return held.position > asked.position ? held : asked
    }
}
