import ConnectionState
import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

/// What was due, in the order in which it was told.
private final class Told {
    var streams: [UInt32] = []
    var callCount = 0
}

@Suite struct StreamTimersTests {
    private let loop = EmbeddedEventLoop()
    private let told = Told()
    private let start = MonotonicTime.current

    private func timers() -> StreamTimers {
        StreamTimers(eventLoop: loop) { [told] in
            told.streams += $0
            told.callCount += 1
        }
    }

    /// The loop's time begins at 0 and the clock's does not: everything that lies in the past of
    /// the clock is due once the loop has come so far.
    private func comeToNow() {
        loop.advanceTime(to: .uptimeNanoseconds(MonotonicTime.current.nanoseconds))
    }

    @Test func `streams are told when their time has come, the earliest first`() {
        let timers = timers()
        timers.set(3, at: start)
        timers.set(1, at: MonotonicTime(nanoseconds: start.nanoseconds - 2))
        timers.set(2, at: MonotonicTime(nanoseconds: start.nanoseconds - 1))
        timers.set(4, at: start.advanced(by: 3_600_000))
        comeToNow()
        #expect(told.streams == [1, 2, 3])
    }

    @Test func `an earlier time that is set later comes first`() {
        let timers = timers()
        timers.set(1, at: start.advanced(by: 3_600_000))
        timers.set(2, at: start)
        comeToNow()
        #expect(told.streams == [2])
    }

    @Test func `what is not due yet is told in its own time`() {
        let timers = timers()
        let later = MonotonicTime.current.advanced(by: 20)
        timers.set(1, at: start)
        timers.set(2, at: later)
        comeToNow()
        while MonotonicTime.current < later {}
        comeToNow()
        #expect(told.streams == [1, 2])
    }

    @Test func `a time that was taken back is not told, nor one that was put off`() {
        let timers = timers()
        timers.set(1, at: start)
        timers.set(2, at: start)
        timers.set(3, at: start)
        timers.remove(1)
        timers.set(2, at: start.advanced(by: 3_600_000))
        comeToNow()
        #expect(told.streams == [3])
    }

    @Test func `nothing comes once all were taken back, and new ones do`() {
        let timers = timers()
        timers.set(1, at: start)
        timers.removeAll()
        comeToNow()
        #expect(told.streams == [])
        timers.set(2, at: start)
        comeToNow()
        #expect(told.streams == [2])
    }

    @Test func `many that are due at once are told of together, some in each turn`() {
        let timers = timers()
        let count = UInt32(StreamTimers.countInTurnMax)
        for stream in 1...3 * count { timers.set(stream, at: start) }
        loop.advanceTime(to: .uptimeNanoseconds(start.nanoseconds))
        #expect(told.streams == Array(1...count))
        // Whoever is taken back meanwhile is not told.
        timers.remove(count + 1)
        for turn in 2...3 {
            // As long as the last turn took, the pause before the next one grows.
            while told.callCount < turn { loop.advanceTime(by: .microseconds(10)) }
            #expect(told.streams.count <= turn * Int(count))
        }
        loop.advanceTime(by: .seconds(1))
        #expect(told.streams == (1...3 * count).filter { $0 != count + 1 })
        #expect(told.callCount == 3)
    }
}
