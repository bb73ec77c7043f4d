package import TandemCore

/// A key that is too old, by the two clocks that say so: one of them may be wrong.
package struct KeyExpiry: Hashable, Sendable {
    /// By the clock of the client that made it.
    package let madeAt: Timestamp
    /// By the server's clock.
    package let now: Timestamp
    /// How long answers are kept.
    package let retention: Duration

    package init(madeAt: Timestamp, now: Timestamp, retention: Duration) {
        self.madeAt = madeAt
        self.now = now
        self.retention = retention
    }

    /// What the client is told.
    package var rejection: Rejection {
        let age = Duration.microseconds(now.microseconds - madeAt.microseconds)
        return Rejection(
            .failedPrecondition, reason: "KEY_EXPIRED",
            message: """
                the idempotency key says that it was made \(Self.text(age)) before the server's \
                clock, and answers are kept for \(Self.text(retention)): is the client's clock \
                right? If it is, a command under this key may have run long ago: find out, and \
                use a new key
                """,
            metadata: [
                "retention_ms": "\(Self.milliseconds(retention))",
                "key_time_ms": "\(madeAt.microseconds / 1_000)",
                "server_time_ms": "\(now.microseconds / 1_000)",
                "age_ms": "\(Self.milliseconds(age))",
            ])
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        Int64(duration / .milliseconds(1))
    }

    /// Days and hours, hours and minutes, or less: two units are enough for people.
    static func text(_ duration: Duration) -> String {
        let seconds = milliseconds(duration) / 1_000
        let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400)
        if hours >= 72 { return "\(days) d \(hours % 24) h" }
        if hours > 0 { return "\(hours) h \(minutes % 60) min" }
        if minutes > 0 { return "\(minutes) min \(seconds % 60) s" }
        return duration < .seconds(1) ? "\(milliseconds(duration)) ms" : "\(seconds) s"
    }
}
