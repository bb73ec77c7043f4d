import Testing

@testable import ReadServer

@Suite struct FreshnessWaitersTests {
    @Test func `a look takes out those that are content, in order, and leaves the others`() {
        var stale = FreshnessWaiters()
        for stream in 1...9 as ClosedRange<UInt32> {
            stale.add(stream, ageMillisecondsMax: stream * 10)
        }
        #expect(stale.take(ageMilliseconds: 91) == [])
        #expect(stale.take(ageMilliseconds: 70) == [7, 8, 9])
        #expect(stale.take(ageMilliseconds: 70) == [])
        #expect(stale.take(ageMilliseconds: 45) == [5, 6])
        #expect(stale.take(ageMilliseconds: 0) == [1, 2, 3, 4])
        #expect(stale.take(ageMilliseconds: 0) == [])
    }

    @Test func `one that gave up is not answered`() {
        var stale = FreshnessWaiters()
        stale.add(1, ageMillisecondsMax: 100)
        stale.add(2, ageMillisecondsMax: 5)
        stale.remove(1)
        #expect(stale.take(ageMilliseconds: 3) == [2])
    }

    @Test func `an age that is not known contents who takes any`() {
        var stale = FreshnessWaiters()
        stale.add(1, ageMillisecondsMax: .max)
        stale.add(2, ageMillisecondsMax: .max - 1)
        #expect(stale.take(ageMilliseconds: .max) == [1])
    }
}
