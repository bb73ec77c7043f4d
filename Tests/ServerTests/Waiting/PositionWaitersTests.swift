import NIOCore
import NIOEmbedded
import Synchronization
import TandemCore
import Testing

@testable import ReadServer

/// Who waits for a position is woken once, by event loop and connection, and nobody is forgotten.
struct PositionWaitersTests {
    /// A connection that has so many queries for each position, and answers some in a turn.
    private final class Connection: WaitingConnection {
        private let loop: LoopWaiters
        private let published: () -> LogPosition
        private var positions: [LogPosition]
        private(set) var turns: [Int] = []
        let answersInTurnMax: Int
        let note: () -> Void

        init(
            _ positions: [UInt64], in loop: LoopWaiters, answersInTurnMax: Int = 10,
            published: @escaping () -> LogPosition, note: @escaping () -> Void = {}
        ) {
            self.positions = positions.map { LogPosition(rawValue: $0) }.sorted()
            self.loop = loop
            self.answersInTurnMax = answersInTurnMax
            self.published = published
            self.note = note
            if let least = self.positions.first { loop.wait(self, for: least) }
        }

        func goOn() -> Bool {
            let count = positions.prefix(answersInTurnMax).prefix { $0 <= published() }.count
            positions.removeFirst(count)
            turns.append(count)
            note()
            guard let least = positions.first else { return false }
            if least <= published() { return true }
            loop.wait(self, for: least)
            return false
        }

        func lookForFreshness() -> (mayGoOn: Bool, isWaiting: Bool) { (false, false) }
    }

    private final class Store: Sendable {
        private let number = Atomic<UInt64>(0)
        var position: LogPosition { LogPosition(rawValue: number.load(ordering: .acquiring)) }
        func publish(_ number: UInt64) { self.number.store(number, ordering: .releasing) }
    }

    private let loop = EmbeddedEventLoop()
    private let store = Store()
    private let waiters: PositionWaiters

    init() {
        let store = store
        waiters = PositionWaiters(published: { store.position })
    }

    private func connection(_ positions: UInt64...) -> Connection { connection(positions) }

    private func connection(
        _ positions: [UInt64], note: @escaping () -> Void = {}
    ) -> Connection {
        let store = store
        return Connection(
            positions, in: waiters.waiters(on: loop), published: { store.position }, note: note)
    }

    /// Publishes as the projector does; how many event loops got a task for it.
    private func publish(_ number: UInt64) -> Int {
        store.publish(number)
        return waiters.wake(through: LogPosition(rawValue: number))
    }

    @Test func `a waiter goes on when its position is published, not before`() {
        let connection = connection(5)
        #expect(publish(4) == 0)
        loop.run()
        #expect(connection.turns == [])
        #expect(publish(6) == 1)
        #expect(publish(7) == 0)
        loop.run()
        #expect(connection.turns == [1])
        #expect(waiters.waiters(on: loop).count == 0)
    }

    @Test func `a position published between the look and the wait is not missed`() {
        store.publish(5)
        let connection = connection(5)
        #expect(connection.turns == [])
        loop.run()
        #expect(connection.turns == [1])
    }

    @Test func `a position published while others are woken is not missed`() {
        let connection = connection(5, 6, 7)
        #expect(publish(5) == 1)
        store.publish(6)
        #expect(waiters.wake(through: store.position) == 0)
        loop.run()
        #expect(connection.turns == [2])
        #expect(publish(7) == 1)
        loop.run()
        #expect(connection.turns == [2, 1])
    }

    @Test func `a hundred thousand waiters are one task, and a few answers at a time`() {
        var order: [Int] = []
        var connections: [Connection] = []
        for index in 0..<100 {
            connections.append(
                connection([UInt64](repeating: 1, count: 1_000)) { order.append(index) })
        }
        #expect(publish(1) == 1)
        loop.run()
        // One has gone on, and the others have their turn behind what else there is.
        #expect(order.count == 1)
        loop.advanceTime(by: .seconds(10))
        #expect(connections.allSatisfy { $0.turns == [Int](repeating: 10, count: 100) })
        // The others' turns lie between two of one connection.
        #expect(Set(order[1...100]).count == 100)
    }

    @Test func `each event loop has its own task`() {
        let other = EmbeddedEventLoop()
        let store = store
        let connections = [loop, other].map { loop in
            Connection([1], in: waiters.waiters(on: loop), published: { store.position })
        }
        #expect(publish(1) == 2)
        loop.run()
        #expect(connections.map(\.turns) == [[1], []])
        other.run()
        #expect(connections.map(\.turns) == [[1], [1]])
    }

    @Test(arguments: [1, 3, 40, 1_000] as [UInt64])
    func `whoever waits is woken by the position's turn, however far a step goes`(step: UInt64) {
        let connections = (1...500 as ClosedRange<UInt64>).reversed().map { connection($0 * 2) }
        for reached in stride(from: step, through: 1_000, by: UInt64.Stride(step)) {
            _ = publish(reached)
            loop.run()
            loop.advanceTime(by: .seconds(1))
            #expect(connections.count { $0.turns == [1] } == Int(reached / 2))
        }
        #expect(waiters.waiters(on: loop).count == 500 - Int((1_000 - 1_000 % step) / 2))
    }

    @Test func `a connection that has ended takes no memory and is not woken`() {
        weak var ended: Connection?
        do {
            let connection = connection(5)
            ended = connection
            waiters.waiters(on: loop).forget(connection)
        }
        #expect(ended == nil)
        #expect(waiters.waiters(on: loop).count == 0)
        _ = publish(9)
        loop.run()
    }
}
