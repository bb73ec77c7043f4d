import Testing

@testable import WriteStore

@Suite struct RefusalReportTests {
    private let start = ContinuousClock.now

    @Test func `a refusal that lasts is told, also after a recovery that did not`() {
        var report = RefusalReport()
        #expect(report.refuse(.diskFull, now: start, "full") == "full")
        #expect(report.refuse(.diskFull, now: start + .seconds(60), "full") == nil)
        #expect(report.record() == "commands are recorded again")
        #expect(report.record() == nil)
        let again = start + .seconds(5)
        #expect(report.refuse(.diskFull, now: again, "full") == nil, "told five seconds ago")
        #expect(report.refuse(.diskFull, now: again + .seconds(6), "full") == "full")
        #expect(report.record() == "commands are recorded again")
    }

    @Test func `another reason is told at once`() {
        var report = RefusalReport()
        #expect(report.refuse(.keysFull, now: start, "keys") == "keys")
        #expect(report.refuse(.diskFull, now: start, "full") == "full")
    }
}
