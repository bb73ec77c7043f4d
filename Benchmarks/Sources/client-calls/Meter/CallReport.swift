/// What the callers of one run measured.
public struct CallReport: Sendable {
    private let tally: CallTally
    private let took: Duration
    private let cpu: CPUTime
    private let callerCount: Int

    init(_ tally: CallTally, took: Duration, cpu: CPUTime, callerCount: Int) {
        self.tally = tally
        self.took = took
        self.cpu = cpu
        self.callerCount = callerCount
    }

    /// Prints ``json``; throws if a call failed, since the figures are worth nothing then.
    public func finish() throws {
        print(json)
        if let error = tally.firstError { throw CallsFailed(firstError: error) }
    }

    /// One line. Times are microseconds; `client_cpu_us` is this process's CPU time, user and
    /// system, an answer.
    public var json: String {
        """
        {"callers": \(callerCount), "answers": \(tally.answers), "errors": \(tally.errors), \
        "per_s": \(rounded(Double(tally.answers) / (took / .seconds(1)))), \
        "client_cpu_us": \(perAnswer(cpu.user + cpu.system)), \
        "client_system_us": \(perAnswer(cpu.system)), \
        "us_p50": \(percentile(50)), "us_p99": \(percentile(99)), "us_p99_9": \(percentile(99.9))}
        """
    }

    private func perAnswer(_ time: Duration) -> Double {
        tally.answers == 0 ? 0 : rounded(time / .microseconds(1) / Double(tally.answers))
    }

    private func percentile(_ percent: Double) -> Double {
        rounded(tally.microseconds(atPercentile: percent))
    }

    /// Two decimals.
    private func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
}

/// Some calls failed.
struct CallsFailed: Error, CustomStringConvertible {
    let firstError: String

    var description: String { "some calls failed; the first one: \(firstError)" }
}
