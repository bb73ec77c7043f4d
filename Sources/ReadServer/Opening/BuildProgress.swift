import ConnectionState
import TandemCore

/// How a read server gets from where its documents are at its start to the head that the log had
/// then. Until it is there, what it could answer would lack what was acknowledged long ago. Pure.
struct BuildProgress: Sendable {
    /// Where the documents have to be.
    let target: LogPosition
    private let start: LogPosition
    private let startedAt: MonotonicTime

    init(from start: LogPosition, to target: LogPosition, startedAt: MonotonicTime) {
        self.target = target
        self.start = start
        self.startedAt = startedAt
    }

    func isOver(at position: LogPosition) -> Bool { position >= target }

    /// How much of the log the documents have, in whole percent: 100 only when that is all of it.
    func percent(at position: LogPosition) -> Int { position.percent(of: target) }

    /// How long the rest takes if it goes on as it went so far; `nil` while nothing tells.
    func left(at position: LogPosition, now: MonotonicTime) -> Duration? {
        guard !isOver(at: position) else { return .zero }
        guard position > start else { return nil }
        let done = Double(position.rawValue - start.rawValue)
        let rest = Double(target.rawValue - position.rawValue)
        let seconds = now.since(startedAt) / .seconds(1) * (rest / done)
        return .seconds(min(seconds, 86_400 * 365))
    }

    /// When a caller may try again: when it should be over, within 0.1 and 60 s.
    func retryAfterMilliseconds(at position: LogPosition, now: MonotonicTime) -> UInt32 {
        let left = left(at: position, now: now) ?? .seconds(1)
        return UInt32(min(max(left / .milliseconds(1), 100), 60_000))
    }

    /// For people, for example "building: 61 % of the log, about 4 s left"; `nil` when it is over.
    func text(at position: LogPosition, now: MonotonicTime) -> String? {
        guard !isOver(at: position) else { return nil }
        let left = left(at: position, now: now)
        return "building: \(position.shareText(of: target, left: left))"
    }
}
