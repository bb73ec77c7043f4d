import TandemClient
import TandemCore
import Testing
import Transport

@Suite struct RetryScheduleTests {
    private let lost = AttemptFailure(code: .unavailable)
    private let plenty = Duration.seconds(10)

    private func schedule(isRepeatable: Bool) -> RetrySchedule {
        RetrySchedule(
            isRepeatable: isRepeatable,
            backoff: Backoff(first: .milliseconds(100), longest: .seconds(1)))
    }

    @Test func `a lost answer is asked for again if the call carries a key or changes nothing`() {
        var schedule = schedule(isRepeatable: true)
        #expect(
            schedule.attemptFailed(lost, remaining: plenty, chance: 1)
                == .retry(after: .milliseconds(100)))
    }

    @Test func `a call without a key is never sent again when it may have been processed`() {
        var schedule = schedule(isRepeatable: false)
        #expect(
            schedule.attemptFailed(lost, remaining: plenty, chance: 0) == .giveUp(.onlyWithSameKey))
    }

    @Test func `a call without a key is sent again when it was certainly not processed`() {
        var schedule = schedule(isRepeatable: false)
        let refused = AttemptFailure(code: .unavailable, isNotProcessed: true)
        #expect(
            schedule.attemptFailed(refused, remaining: plenty, chance: 0)
                == .retry(after: .milliseconds(50)))
    }

    @Test func `waits double up to the longest, shortened by chance to no less than half`() {
        var schedule = schedule(isRepeatable: true)
        let waits = (0..<6).map { _ in
            schedule.attemptFailed(lost, remaining: plenty, chance: 1)
        }
        #expect(
            waits
                == [100, 200, 400, 800, 1_000, 1_000].map { .retry(after: .milliseconds($0)) })
        let backoff = Backoff(first: .milliseconds(100), longest: .seconds(1))
        #expect(backoff.wait(afterFailures: 1, chance: 0) == .milliseconds(50))
        #expect(backoff.wait(afterFailures: .max, chance: 7) == .seconds(1))
        #expect(backoff.wait(afterFailures: .min, chance: -7) == .milliseconds(50))
    }

    @Test func `a wait that the server asks for is honoured`() {
        var schedule = schedule(isRepeatable: true)
        let busy = AttemptFailure(
            code: .resourceExhausted, retryAfter: .after(milliseconds: 3_000))
        #expect(
            schedule.attemptFailed(busy, remaining: plenty, chance: 1)
                == .retry(after: .seconds(3)))
    }

    @Test func `a server that says never is not asked again`() {
        var schedule = schedule(isRepeatable: true)
        let tooLarge = AttemptFailure(code: .resourceExhausted, retryAfter: .never)
        #expect(schedule.attemptFailed(tooLarge, remaining: plenty, chance: 0) == .giveUp(.never))
    }

    @Test func `no attempt begins after the deadline`() {
        var schedule = schedule(isRepeatable: true)
        #expect(
            schedule.attemptFailed(lost, remaining: .milliseconds(99), chance: 1)
                == .giveUp(.onlyWithSameKey))
        let refused = AttemptFailure(code: .unavailable, isNotProcessed: true)
        var other = self.schedule(isRepeatable: true)
        #expect(
            other.attemptFailed(refused, remaining: .milliseconds(-5), chance: 1)
                == .giveUp(.later(nil)))
    }

    @Test func `an outcome stays unknown when later attempts don't get through`() {
        var schedule = schedule(isRepeatable: true)
        _ = schedule.attemptFailed(lost, remaining: plenty, chance: 0)
        let refused = AttemptFailure(code: .unavailable, isNotProcessed: true)
        #expect(
            schedule.attemptFailed(refused, remaining: .zero, chance: 0)
                == .giveUp(.onlyWithSameKey))
    }

    @Test func `a definite answer to a later attempt settles an unknown outcome`() {
        var schedule = schedule(isRepeatable: true)
        _ = schedule.attemptFailed(lost, remaining: plenty, chance: 0)
        #expect(
            schedule.attemptFailed(
                AttemptFailure(code: .invalidArgument), remaining: plenty, chance: 0)
                == .giveUp(.never))
    }

    @Test func `a conflict of versions settles an unknown outcome, and is not repeated`() {
        var schedule = schedule(isRepeatable: true)
        _ = schedule.attemptFailed(lost, remaining: plenty, chance: 0)
        let conflict = AttemptFailure(code: .aborted, retryAfter: .never)
        #expect(schedule.attemptFailed(conflict, remaining: plenty, chance: 0) == .giveUp(.never))
    }

    @Test(arguments: StatusCode.allCases)
    func `only what may go well another time is asked again`(code: StatusCode) {
        var schedule = schedule(isRepeatable: true)
        let onFailure = schedule.attemptFailed(
            AttemptFailure(code: code), remaining: plenty, chance: 1)
        let isRetried = onFailure == .retry(after: .milliseconds(100))
        #expect(isRetried == [.unavailable, .resourceExhausted, .aborted].contains(code))
    }
}
