/// Callers side by side, each of which makes one call after the other: a closed loop, as in an
/// application whose requests each wait for their answer.
///
/// The same loop measures every client, so that none pays for its meter.
public struct CallMeter: Sendable {
    /// How many callers.
    public let callerCount: Int
    /// The ids that are asked for, at random; at least one.
    public let ids: [UInt64]
    /// Before anything is counted.
    public let warmUp: Duration
    /// What is counted.
    public let measured: Duration

    /// What the command line said.
    public init(callerCount: Int, ids: [UInt64], warmUp: Duration, measured: Duration) {
        self.callerCount = callerCount
        self.ids = ids
        self.warmUp = warmUp
        self.measured = measured
    }

    /// Calls until the time is over.
    ///
    /// - Parameter call: asks for the order with an id; returns the id of the order that came. One
    ///   that throws, or brings another order, is an error of the report's.
    public func run(
        _ call: @escaping @Sendable (UInt64) async throws -> UInt64
    ) async -> CallReport {
        let start = ContinuousClock.now + warmUp
        let end = start + measured
        return await withTaskGroup(of: CallTally.self) { group in
            for number in 0..<callerCount {
                group.addTask { await callInTurn(number, from: start, until: end, call) }
            }
            // Read outside the callers, at both ends of the same time. Nobody cancels them.
            try? await Task.sleep(until: start, clock: .continuous)
            let before = CPUTime.ofThisProcess
            let began = ContinuousClock.now
            // As above.
            try? await Task.sleep(until: end, clock: .continuous)
            let cpu = CPUTime.ofThisProcess - before
            let took = ContinuousClock.now - began

            var total = CallTally()
            for await tally in group { total.add(tally) }
            return CallReport(total, took: took, cpu: cpu, callerCount: callerCount)
        }
    }

    private func callInTurn(
        _ number: Int, from start: ContinuousClock.Instant, until end: ContinuousClock.Instant,
        _ call: @Sendable (UInt64) async throws -> UInt64
    ) async -> CallTally {
        var tally = CallTally()
        var chance = XorShift(seed: UInt64(number))
        var sent = ContinuousClock.now
        while sent < end {
            let id = ids[Int(chance.next() % UInt64(ids.count))]
            let error: String?
            do {
                let got = try await call(id)
                error = got == id ? nil : "order \(got) came instead of \(id)"
            } catch let failure {
                error = "\(failure)"
            }
            // One reading of the clock a call: the end of one is the beginning of the next.
            let done = ContinuousClock.now
            if sent >= start, done < end { tally.count(error, took: done - sent) }
            sent = done
        }
        return tally
    }
}
