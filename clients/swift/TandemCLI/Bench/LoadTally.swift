import TandemCore
package import Transport

/// What came back, of one event loop or of all. Pure: times come in.
package struct LoadTally: Sendable {
    /// From the time that a request was due, or sent if there is no schedule, by its kind; of those
    /// that the server did.
    package private(set) var times: [LatencyHistogram]
    /// Of the requests of the measured time, and of connecting meanwhile.
    package private(set) var errors: [ErrorName: ErrorCount] = [:]
    /// What the server did, by answers that came within the measured time: refusals and failures
    /// are none.
    package private(set) var answerCount = 0
    /// Of their bodies, uncompressed.
    package private(set) var answerByteCount: UInt64 = 0
    /// Nobody waited for their answers any longer.
    package private(set) var unansweredCount = 0
    /// How much later than it was due a request was sent, at most.
    package private(set) var lateMax: Duration = .zero
    /// How long the first of those that were never sent had been due at the end.
    package private(set) var behindAtEnd: Duration = .zero
    /// Were due, and never sent, since the server had not answered enough of those before.
    package private(set) var unsentCount = 0

    package struct ErrorName: Hashable, Sendable {
        package let code: String
        /// Empty if the code is all there is.
        package let reason: String

        package init(_ failure: CallFailure) {
            code = failure.code.description
            reason = failure.reason
        }

        package var text: String { reason.isEmpty ? code : reason }
    }

    package struct ErrorCount: Hashable, Sendable {
        package var count: Int
        /// Of the first.
        package let message: String
    }

    package init(kindCount: Int) {
        times = Array(repeating: LatencyHistogram(), count: kindCount)
    }

    package var errorCount: Int { errors.values.reduce(0) { $0 + $1.count } }

    /// Those that happened most come first.
    package var errorsByCount: [(name: ErrorName, count: ErrorCount)] {
        errors.map { (name: $0.key, count: $0.value) }.sorted {
            ($1.count.count, $0.name.text, $0.name.code)
                < ($0.count.count, $1.name.text, $1.name.code)
        }
    }

    // MARK: - Counting

    package mutating func succeeded(kind: Int, after time: Duration) {
        times[kind].record(time)
    }

    package mutating func failed(_ failure: CallFailure) {
        errors[ErrorName(failure), default: ErrorCount(count: 0, message: failure.message)]
            .count += 1
    }

    package mutating func answered(byteCount: Int) {
        answerCount += 1
        answerByteCount += UInt64(byteCount)
    }

    package mutating func sent(late: Duration) { lateMax = max(lateMax, late) }

    package mutating func ended(behind: Duration, unsentCount: Int) {
        behindAtEnd = max(behindAtEnd, behind)
        self.unsentCount += unsentCount
    }

    package mutating func gaveUp(_ count: Int) { unansweredCount += count }

    package mutating func add(_ other: LoadTally) {
        for kind in times.indices { times[kind].add(other.times[kind]) }
        for (name, count) in other.errors {
            errors[name, default: ErrorCount(count: 0, message: count.message)].count += count.count
        }
        answerCount += other.answerCount
        answerByteCount += other.answerByteCount
        unansweredCount += other.unansweredCount
        sent(late: other.lateMax)
        ended(behind: other.behindAtEnd, unsentCount: other.unsentCount)
    }
}

/// What happened since the live view was last drawn.
package struct LoadPulse: Sendable {
    package private(set) var times = LatencyHistogram()
    package private(set) var errorCount = 0
    package var inFlightCount = 0

    package init() {}

    package mutating func succeeded(after time: Duration) { times.record(time) }
    package mutating func failed() { errorCount += 1 }

    package mutating func add(_ other: LoadPulse) {
        times.add(other.times)
        errorCount += other.errorCount
        inFlightCount += other.inFlightCount
    }

    package mutating func restart() {
        times.restart()
        errorCount = 0
    }
}
