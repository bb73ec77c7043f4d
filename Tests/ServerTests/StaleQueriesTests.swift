import Testing

@testable import ReadServer

@Suite struct StaleQueriesTests {
    @Test func `one look is arranged for, however many queries wait`() {
        var stale = StaleQueries()
        let before = stale.beginLooking()
        stale.add(1, ageMillisecondsMax: 10)
        stale.add(3, ageMillisecondsMax: 20)
        let first = stale.beginLooking()
        let second = stale.beginLooking()
        #expect([before, first, second] == [false, true, false])
    }

    @Test func `a look takes out those that are content, in order, and leaves the others`() {
        var stale = StaleQueries()
        for stream in 1...9 as ClosedRange<UInt32> {
            stale.add(stream, ageMillisecondsMax: stream * 10)
        }
        #expect(stale.endLooking(ageMilliseconds: 91) == [])
        #expect(stale.endLooking(ageMilliseconds: 70) == [7, 8, 9])
        #expect(stale.endLooking(ageMilliseconds: 70) == [])
        #expect(stale.endLooking(ageMilliseconds: 45) == [5, 6])
        #expect(stale.endLooking(ageMilliseconds: 0) == [1, 2, 3, 4])
        #expect(stale.endLooking(ageMilliseconds: 0) == [])
    }

    @Test func `one that gave up is not answered`() {
        var stale = StaleQueries()
        stale.add(1, ageMillisecondsMax: 100)
        stale.add(2, ageMillisecondsMax: 5)
        stale.remove(1)
        #expect(stale.endLooking(ageMilliseconds: 3) == [2])
    }

    @Test func `an age that is not known contents who takes any`() {
        var stale = StaleQueries()
        stale.add(1, ageMillisecondsMax: .max)
        stale.add(2, ageMillisecondsMax: .max - 1)
        #expect(stale.endLooking(ageMilliseconds: .max) == [1])
    }
}
