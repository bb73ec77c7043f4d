import ConnectionState
import TandemCore
import Testing
import Transport

@testable import ReadServer

/// How old answers are, and what a query may demand of that.
struct FreshnessTests {
    private func at(milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: milliseconds * 1_000_000)
    }

    @Test func `the age of answers is counted in milliseconds, and unknown until it is known`() {
        let progress = ReadProgress()
        #expect(progress.staleness(now: at(milliseconds: 9)) == .max)
        progress.isComplete(at: at(milliseconds: 1_000))
        #expect(progress.staleness(now: at(milliseconds: 3_500)) == 2_500)
        #expect(progress.staleness(now: at(milliseconds: 900)) == 0)
    }

    @Test func `a query that demands fresh documents is not answered with old ones`() async throws {
        try await QueryPort.open(longestWait: .milliseconds(50)) { port in
            let client = try await port.connect()
            let unknown = try await QueryPort.getOrder(client, maxStaleness: .seconds(86_400))
            #expect(unknown?.reason == "READ_MODEL_STALE")
            // Complete an hour ago, as far as the monotonic clock goes back.
            let now = MonotonicTime.current.nanoseconds
            let age = min(now / 2, 3_600_000_000_000)
            port.progress.isComplete(at: MonotonicTime(nanoseconds: now - age))
            let old = try await QueryPort.getOrder(
                client, maxStaleness: .nanoseconds(Int64(age / 2)))
            #expect(old?.reason == "READ_MODEL_STALE")
            let fresh = try await QueryPort.getOrder(client, maxStaleness: .seconds(86_400))
            #expect(fresh?.reason == "NOT_FOUND")
            await client.close()
        }
    }
}
