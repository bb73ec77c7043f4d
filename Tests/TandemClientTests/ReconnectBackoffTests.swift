import TandemClient
import TandemCore
import Testing
import Transport

@Suite struct ReconnectBackoffTests {
    private let start = ContinuousClock.now

    private var reconnect: ReconnectBackoff {
        ReconnectBackoff(backoff: Backoff(first: .milliseconds(100), longest: .seconds(1)))
    }

    private func failure(_ retryAfter: CallFailure.RetryAfter = .unspecified) -> CallFailure {
        CallFailure(
            .unavailable, reason: "TEST", message: "", isNotProcessed: true, retryAfter: retryAfter)
    }

    @Test func `the first attempt waits for nothing`() {
        #expect(reconnect.remaining(now: start) == .zero)
    }

    @Test func `waits double from failure to failure`() {
        var reconnect = reconnect
        var waits: [Duration] = []
        for _ in 0..<6 {
            reconnect.failed(failure(), now: start, chance: 1)
            waits.append(reconnect.remaining(now: start))
        }
        #expect(waits == [100, 200, 400, 800, 1_000, 1_000].map { .milliseconds($0) })
    }

    @Test func `a connection that ends without an answer is a failure like any other`() {
        var reconnect = reconnect
        reconnect.failed(failure(), now: start, chance: 1)
        reconnect.ended(ConnectionEnd(leftAt: start), now: start, chance: 1)
        #expect(reconnect.remaining(now: start) == .milliseconds(200))
        reconnect.ended(ConnectionEnd(leftAt: start), now: start, chance: 1)
        #expect(reconnect.remaining(now: start) == .milliseconds(400))
    }

    @Test func `a connection that was of use begins the count anew`() {
        var reconnect = reconnect
        for _ in 0..<5 { reconnect.failed(failure(), now: start, chance: 1) }
        reconnect.ended(ConnectionEnd(hasAnswered: true, leftAt: start), now: start, chance: 1)
        #expect(reconnect.remaining(now: start) == .milliseconds(100))
    }

    @Test func `the wait counts from the connection's end, not from the next call`() {
        var reconnect = reconnect
        let later = start + .milliseconds(70)
        reconnect.ended(ConnectionEnd(hasAnswered: true, leftAt: start), now: later, chance: 1)
        #expect(reconnect.remaining(now: later) == .milliseconds(30))
        #expect(reconnect.remaining(now: start + .seconds(9)) == .zero)
    }

    @Test func `what a server asks for is the least wait`() {
        var reconnect = reconnect
        reconnect.ended(
            ConnectionEnd(hasAnswered: true, leftAt: start, wait: .seconds(1)), now: start,
            chance: 0)
        #expect(reconnect.remaining(now: start) == .seconds(1))
        reconnect.failed(failure(.after(milliseconds: 3_000)), now: start, chance: 0)
        #expect(reconnect.remaining(now: start) == .seconds(3))
    }
}
