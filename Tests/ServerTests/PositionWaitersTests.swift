import EventModel
import NIOEmbedded
@testable import ReadServer
import Synchronization
import Testing

/// Who waits for a position is woken once, and nobody stays who doesn't wait.
struct PositionWaitersTests {
    private final class Count: Sendable {
        private let value = Atomic(0)
        var now: Int { value.load(ordering: .relaxed) }
        func add() { value.add(1, ordering: .relaxed) }
    }

    private func position(_ number: UInt64) -> LogPosition { LogPosition(rawValue: number) }

    @Test func `a waiter goes on when its position is published, not before`() {
        let loop = EmbeddedEventLoop()
        let count = Count()
        let waiters = PositionWaiters(published: { .beginning })
        _ = waiters.add(position: position(5), eventLoop: loop) { count.add() }
        waiters.wake(through: position(4))
        loop.run()
        #expect(count.now == 0)
        waiters.wake(through: position(6))
        waiters.wake(through: position(7))
        loop.run()
        #expect(count.now == 1)
        #expect(waiters.count == 0)
    }

    @Test func `a position published between the look and the wait is not missed`() {
        let loop = EmbeddedEventLoop()
        let count = Count()
        let waiters = PositionWaiters(published: { LogPosition(rawValue: 5) })
        _ = waiters.add(position: position(5), eventLoop: loop) { count.add() }
        loop.run()
        #expect(count.now == 1)
    }

    @Test(arguments: [1, 3, 40, 1_000] as [UInt64])
    func `whoever waits is woken by the position's turn, however far a step goes`(step: UInt64) {
        let loop = EmbeddedEventLoop()
        let woken = Mutex<[UInt64]>([])
        let waiters = PositionWaiters(published: { .beginning })
        for number in (1...500 as ClosedRange<UInt64>).reversed() {
            _ = waiters.add(position: position(number * 2), eventLoop: loop) {
                woken.withLock { $0.append(number * 2) }
            }
        }
        for reached in stride(from: step, through: 1_000, by: UInt64.Stride(step)) {
            waiters.wake(through: position(reached))
            loop.run()
            let due = (1...1_000 as ClosedRange<UInt64>).filter {
                $0 <= reached && $0.isMultiple(of: 2)
            }
            #expect(woken.withLock { $0.sorted() } == due)
        }
        #expect(waiters.count == 500 - Int((1_000 - 1_000 % step) / 2))
    }

    @Test func `a waiter that gave up takes no memory and is not woken`() {
        let loop = EmbeddedEventLoop()
        let count = Count()
        let waiters = PositionWaiters(published: { .beginning })
        let id = waiters.add(position: position(5), eventLoop: loop) { count.add() }
        waiters.remove(id)
        #expect(waiters.count == 0)
        waiters.wake(through: position(9))
        loop.run()
        #expect(count.now == 0)
    }
}
