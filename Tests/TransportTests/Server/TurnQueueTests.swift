import ConnectionState
import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

/// Who has much to do on an event loop leaves others theirs.
struct TurnQueueTests {
    /// A clock that each turn moves on.
    private final class Clock {
        var nanoseconds: UInt64 = 1
    }

    private let loop = EmbeddedEventLoop()
    private let clock = Clock()

    private func queue() -> TurnQueue {
        TurnQueue(eventLoop: loop) { [clock] in
            MonotonicTime(nanoseconds: clock.nanoseconds)
        }
    }

    /// What one run of the task does.
    private func runOnce() {
        loop.advanceTime(by: .microseconds(50))
    }

    @Test func `each has a turn between two looks at the sockets, while it has more to do`() {
        let queue = queue()
        var turns: [String] = []
        for name in ["a", "b"] {
            var left = 3
            queue.add {
                turns.append(name)
                left -= 1
                return left > 0
            }
        }
        #expect(turns == [])
        for count in 1...3 {
            runOnce()
            #expect(turns.count == 2 * count)
        }
        runOnce()
        #expect(turns == ["a", "b", "a", "b", "a", "b"])
    }

    @Test func `when the time is used up, the event loop has its other work to do`() {
        let queue = queue()
        let clock = clock
        var turnCount = 0
        for _ in 0..<5 {
            queue.add {
                turnCount += 1
                clock.nanoseconds += TurnQueue.nanosecondsMax
                return true
            }
        }
        for count in 1...20 {
            runOnce()
            #expect(turnCount == count)
        }
    }

    @Test func `who comes while turns are given out comes last`() {
        let queue = queue()
        var turns: [String] = []
        queue.add {
            queue.add {
                turns.append("new")
                return false
            }
            turns.append("old")
            return false
        }
        queue.add {
            turns.append("other")
            return turns.count < 4
        }
        runOnce()
        #expect(turns == ["old", "other"])
        runOnce()
        #expect(turns == ["old", "other", "new", "other"])
    }

    @Test func `an event loop has one queue, and another one another`() {
        #expect(TurnQueue.on(loop) === TurnQueue.on(loop))
        let other = EmbeddedEventLoop()
        #expect(TurnQueue.on(loop) !== TurnQueue.on(other))
    }
}
