import EventModel
import TandemClient
import Testing
import Transport

@Suite struct DialPacingTests {
    private let start = ContinuousClock.now

    private var pacing: DialPacing {
        DialPacing(backoff: Backoff(first: .milliseconds(100), longest: .seconds(1)))
    }

    private func failure(_ retryAfter: CallFailure.RetryAfter = .unspecified) -> CallFailure {
        CallFailure(
            .unavailable, reason: "TEST", message: "", isNotProcessed: true, retryAfter: retryAfter)
    }

    @Test func `the first attempt waits for nothing`() {
        #expect(pacing.remaining(now: start) == .zero)
    }

    @Test func `waits double from failure to failure`() {
        var pacing = pacing
        var waits: [Duration] = []
        for _ in 0..<6 {
            pacing.failed(failure(), now: start, chance: 1)
            waits.append(pacing.remaining(now: start))
        }
        #expect(waits == [100, 200, 400, 800, 1_000, 1_000].map { .milliseconds($0) })
    }

    @Test func `a connection that ends without an answer is a failure like any other`() {
        var pacing = pacing
        pacing.failed(failure(), now: start, chance: 1)
        pacing.ended(ConnectionFate(leftAt: start), now: start, chance: 1)
        #expect(pacing.remaining(now: start) == .milliseconds(200))
        pacing.ended(ConnectionFate(leftAt: start), now: start, chance: 1)
        #expect(pacing.remaining(now: start) == .milliseconds(400))
    }

    @Test func `a connection that was of use begins the count anew`() {
        var pacing = pacing
        for _ in 0..<5 { pacing.failed(failure(), now: start, chance: 1) }
        pacing.ended(ConnectionFate(hasAnswered: true, leftAt: start), now: start, chance: 1)
        #expect(pacing.remaining(now: start) == .milliseconds(100))
    }

    @Test func `the wait counts from the connection's end, not from the next call`() {
        var pacing = pacing
        let later = start + .milliseconds(70)
        pacing.ended(ConnectionFate(hasAnswered: true, leftAt: start), now: later, chance: 1)
        #expect(pacing.remaining(now: later) == .milliseconds(30))
        #expect(pacing.remaining(now: start + .seconds(9)) == .zero)
    }

    @Test func `what a server asks for is the least wait`() {
        var pacing = pacing
        pacing.ended(
            ConnectionFate(hasAnswered: true, leftAt: start, wait: .seconds(1)), now: start,
            chance: 0)
        #expect(pacing.remaining(now: start) == .seconds(1))
        pacing.failed(failure(.after(milliseconds: 3_000)), now: start, chance: 0)
        #expect(pacing.remaining(now: start) == .seconds(3))
    }
}
