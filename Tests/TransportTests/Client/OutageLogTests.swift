import ConnectionState
import Testing

@testable import Transport

struct OutageLogTests {
    private func at(_ seconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func `a failure each second for an hour makes a dozen lines, not thousands`() {
        var log = OutageLog()
        let lines = (0..<3_600).compactMap { second in
            log.failed(because: second % 2 == 0 ? "refused" : "no answer", now: at(second))
        }
        #expect(lines.prefix(2) == ["refused", "no answer"])
        #expect(lines.dropFirst(2).first == "for 10 s now, 11 attempts, the last: refused")
        #expect(lines.last == "for 42 min now, 2551 attempts, the last: refused")
        #expect(lines.count == 10)
        #expect(log.ended(now: at(3_600)) == "after 60 min and 3600 attempts")
    }

    @Test func `after its end the next failure is told at once, and reasons without end are not`() {
        var log = OutageLog()
        #expect(log.ended(now: at(0)) == nil)
        _ = log.failed(because: "refused", now: at(0))
        _ = log.ended(now: at(1))
        #expect(log.failed(because: "refused", now: at(2)) == "refused")
        let lines = (0..<100).compactMap { log.failed(because: "reason \($0)", now: at(3)) }
        #expect(lines.count == 7)
    }
}
