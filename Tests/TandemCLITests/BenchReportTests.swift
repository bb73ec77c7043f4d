import TandemCLI
import TandemCore
import Testing
import Transport

/// What a benchmark says.
@Suite struct BenchReportTests {
    private func failure(_ code: StatusCode, _ reason: String, _ message: String) -> CallFailure {
        CallFailure(code, reason: reason, message: message, isNotProcessed: true)
    }

    private func report(
        kinds: [String] = ["get"], rate: Double? = nil, inFlight: Int = 16,
        interrupted: Bool = false, _ fill: (inout LoadTally) -> Void
    ) -> BenchReport {
        var tally = LoadTally(kindCount: kinds.count)
        fill(&tally)
        return BenchReport(
            name: "get", kinds: kinds,
            shape: LoadShape(
                connectionCount: 8, inFlightCount: inFlight, perSecond: rate, warmup: .seconds(2),
                duration: .seconds(10)),
            inFlightAsked: 16, elapsed: .seconds(10), isInterrupted: interrupted, tally: tally)
    }

    private func fill(_ tally: inout LoadTally) {
        for _ in 0..<99 {
            tally.succeeded(kind: 0, after: .milliseconds(1))
            tally.answered(byteCount: 1_024)
        }
        tally.succeeded(kind: 0, after: .milliseconds(20))
    }

    @Test func `a report has the rate, the bytes, the errors and the percentiles`() {
        #expect(
            report(fill).text.string == """
                get: 8 connections, 16 in flight on each; 10.0 s measured after 2.0 s of warm-up

                answers  99, 9/s
                bytes    9.9 KiB/s, uncompressed
                errors   none

                LATENCY IN MS  COUNT    P50    P90    P99   P99.9     MAX
                get              100  1.000  1.000  1.000  20.000  20.015

                """)
    }

    @Test func `several kinds have a line each, and one for all`() {
        let text = report(kinds: ["get", "place"]) {
            $0.succeeded(kind: 0, after: .milliseconds(1))
            $0.succeeded(kind: 1, after: .milliseconds(3))
        }.text.string
        let rows = text.split(separator: "\n").suffix(3).map { $0.split(separator: " ") }
        #expect(rows.map { $0[0] } == ["get", "place", "all"])
        #expect(rows.map { $0[1] } == ["1", "1", "2"])
        #expect(rows.map { $0[6] } == ["1.000", "3.001", "3.001"])
    }

    @Test func `errors are told by their reasons, the most frequent first`() {
        let report = report {
            $0.failed(failure(.notFound, "", "no such\norder"))
            for number in 1...2 {
                $0.failed(failure(.unavailable, "SERVER_BUSY", "try later \(number)"))
            }
        }
        #expect(report.status == .rejected)
        #expect(
            report.text.string.hasSuffix(
                """

                ERROR        COUNT  THE FIRST SAYS
                SERVER_BUSY      2  try later 1
                NOT_FOUND        1  no such order

                """))
        #expect(report.json.compactText.contains(#""error_count":3"#))
        #expect(
            report.json.compactText.contains(
                #"{"code":"UNAVAILABLE","reason":"SERVER_BUSY","count":2,"#
                    + #""first_message":"try later 1"}"#))
    }

    @Test func `how far a schedule fell behind is told, and that percentiles lack the rest`() {
        let behind = report(rate: 2_000) {
            $0.sent(late: .milliseconds(7))
            $0.sent(late: .milliseconds(3))
            $0.ended(behind: .milliseconds(1_500), unsentCount: 3_000)
        }
        #expect(behind.text.string.contains("\nschedule  2,000/s, sent at most 7.000 ms late\n"))
        #expect(
            behind.text.string.contains(
                "\nbehind    1500.000 ms at the end: 3,000 were due and never sent"))
        #expect(
            behind.json.compactText.contains(
                #""schedule":{"rate_per_s":2000.000,"late_ms_max":7.000,"#
                    + #""behind_ms_at_end":1500.000,"never_sent":3000}"#))
        let kept = report(rate: 0.5) { _ in }
        #expect(kept.text.string.contains("\nschedule  0.500/s, sent at most 0.000 ms late\n"))
        #expect(!kept.text.string.contains("behind"))
        #expect(report(fill).json.compactText.contains(#""schedule":null"#))
    }

    @Test func `Ctrl-C shows, and errors weigh more than it`() {
        let stopped = report(interrupted: true, fill)
        #expect(stopped.status == .interrupted)
        #expect(stopped.text.string.contains("warm-up, stopped by Ctrl-C\n"))
        let failed = report(interrupted: true) { $0.failed(failure(.unavailable, "X", "y")) }
        #expect(failed.status == .rejected)
        #expect(report(fill).status == .ok)
    }

    @Test func `requests that nobody waited for any longer are errors`() {
        let report = report { $0.gaveUp(5) }
        #expect(report.status == .rejected)
        #expect(
            report.text.string.contains("errors   none, and 5 given up without an answer\n"))
    }

    @Test func `what the server allows to be in flight is told if it is less than asked for`() {
        #expect(
            report(inFlight: 4, fill).text.string.contains(
                "in flight  the server takes 4 of a connection, not 16\n"))
        #expect(!report(fill).text.string.contains("the server takes"))
    }

    @Test func `of nothing there is no rate and no percentile`() {
        let json = report { _ in }.json.compactText
        #expect(json.contains(#""answers_per_s":0.000"#))
        #expect(json.contains(#""latency_ms":{"count":0,"p50":null"#))
    }

    @Test func `what several event loops have counted is added`() {
        var all = LoadTally(kindCount: 1)
        for part in 1...2 {
            var tally = LoadTally(kindCount: 1)
            fill(&tally)
            tally.failed(failure(.notFound, "", "loop \(part)"))
            tally.sent(late: .seconds(part))
            tally.ended(behind: .seconds(part), unsentCount: part)
            tally.gaveUp(part)
            all.add(tally)
        }
        #expect(all.times[0].count == 200)
        #expect(all.answerCount == 198 && all.answerByteCount == 198 * 1_024)
        #expect(all.errorsByCount.map(\.count.count) == [2])
        #expect(all.errorsByCount.map(\.count.message) == ["loop 1"])
        #expect(all.lateMax == .seconds(2) && all.behindAtEnd == .seconds(2))
        #expect(all.unsentCount == 3 && all.unansweredCount == 3)
    }

    @Test func `a line of the live view has the last second, and says while it warms up`() {
        var pulse = LoadPulse()
        for _ in 0..<3_000 { pulse.succeeded(after: .milliseconds(2)) }
        pulse.failed()
        pulse.inFlightCount = 128
        func line(_ pulse: LoadPulse, isWarmup: Bool) -> String {
            LoadLine(pulse: pulse, at: .seconds(61), since: .seconds(2), isWarmup: isWarmup)
                .text.string
        }
        #expect(
            LoadLine.heading.string
                == "  TIME    RATE/S   P50 MS   P99 MS   ERRORS IN FLIGHT\n")
        #expect(
            line(pulse, isWarmup: false)
                == "  1:01     1,500    2.000    2.000        1       128\n")
        pulse.restart()
        #expect(
            line(pulse, isWarmup: true)
                == "  1:01         0        -        -        0       128  warming up\n")
    }
}
