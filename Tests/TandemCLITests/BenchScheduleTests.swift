import TandemCLI
import Testing

/// When requests are due.
@Suite struct BenchScheduleTests {
    @Test func `requests are due at even distances, from the first moment on`() {
        let schedule = LoadSchedule(perSecond: 4)
        #expect((0..<4).map(schedule.due) == [0, 250_000_000, 500_000_000, 750_000_000])
    }

    @Test func `a rate that divides nothing evenly doesn't drift`() {
        let schedule = LoadSchedule(perSecond: 3)
        #expect(schedule.due(1) == 333_333_333)
        // A thousand hours on.
        #expect(schedule.due(3 * 3_600_000) == 3_600_000 * 1_000_000_000)
    }

    @Test func `the last turns there are have a time, too`() {
        #expect(LoadSchedule(perSecond: 0.01).due(.max) == 9_000_000_000_000_000_000)
    }

    @Test(arguments: 1...4)
    func `the shares of all event loops are all turns, each once`(count: Int) {
        let shares = (0..<count).map { LoadShare(number: $0, of: count) }
        let turns = shares.flatMap { share in (0..<5).map(share.turn) }
        #expect(turns.sorted() == Array(0..<5 * count))
    }

    @Test(arguments: [1, 3, 7, 1_000.5, 123_456.789], [0, 1, 17])
    func `how many are due before a time is what counting gives`(rate: Double, from: Int) {
        let schedule = LoadSchedule(perSecond: rate)
        let share = LoadShare(number: 1, of: 3)
        for end in [0, 1, 333_333_333, 333_333_334, 1_000_000_000, 2_500_000_000] as [Int64] {
            var counted = 0
            while schedule.due(share.turn(from + counted)) < end { counted += 1 }
            #expect(share.dueCount(from: from, by: schedule, before: end) == counted)
        }
    }
}
