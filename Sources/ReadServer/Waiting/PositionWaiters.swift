import NIOCore
import Synchronization
import TandemCore

/// Who waits until the documents reflect a position, by event loop: a position that is published
/// is one task for each event loop, however many queries wait.
///
/// 1. A query reads the published position and finds it too low.
/// 2. It registers with its event loop's ``LoopWaiters``, which lowers the loop's mark, under its
///    lock, to the least position that is waited for there.
/// 3. The projector publishes, and then looks, under the lock, whether the mark is reached.
///
/// If 3 falls between 1 and 2, nobody would wake the query; so who lowers the mark looks at the
/// position once more.
final class PositionWaiters: Sendable {
    /// The least position that is waited for on an event loop, unless its wake-up is on the way.
    final class Mark: Sendable {
        private let position = Mutex<LogPosition?>(nil)

        func lower(to new: LogPosition) {
            position.withLock { $0 = min($0 ?? new, new) }
        }

        fileprivate func takeIfReached(by published: LogPosition) -> Bool {
            position.withLock { position in
                guard let least = position, least <= published else { return false }
                position = nil
                return true
            }
        }
    }

    private struct Loop {
        let eventLoop: any EventLoop
        let mark: Mark
        let waiters: NIOLoopBound<LoopWaiters>
    }

    private let loops = Mutex<[ObjectIdentifier: Loop]>([:])
    private let published: @Sendable () -> LogPosition

    init(published: @escaping @Sendable () -> LogPosition) {
        self.published = published
    }

    /// Those of an event loop; to be called on it.
    func waiters(on eventLoop: any EventLoop) -> LoopWaiters {
        let id = ObjectIdentifier(eventLoop)
        if let loop = loops.withLock({ $0[id] }) { return loop.waiters.value }
        let mark = Mark()
        let waiters = LoopWaiters(eventLoop: eventLoop, mark: mark, published: published)
        let loop = Loop(
            eventLoop: eventLoop, mark: mark,
            waiters: NIOLoopBound(waiters, eventLoop: eventLoop))
        loops.withLock { $0[id] = loop }
        return waiters
    }

    /// Lets everybody go on who waits for `position` or less; the number of event loops that have
    /// such. Any thread. O(event loops).
    @discardableResult
    func wake(through position: LogPosition) -> Int {
        let reached = loops.withLock { loops in
            loops.values.filter { $0.mark.takeIfReached(by: position) }
        }
        // Outside the lock: an event loop may run what it is given at once.
        for loop in reached { loop.eventLoop.execute { loop.waiters.value.wake() } }
        return reached.count
    }
}
