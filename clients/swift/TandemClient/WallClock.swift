import Foundation
public import TandemCore

extension Timestamp {
    /// What the machine's clock says now.
    package static func wallClock() -> Timestamp {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }
}

extension IdempotencyKey {
    /// A key of now that nobody else has: for a command that a program may have to repeat after it
    /// was killed. Keep it, and give it as ``CallOptions/key``; otherwise the client makes one.
    public static func fresh() -> IdempotencyKey {
        var generator = SystemRandomNumberGenerator()
        return timeOrdered(at: .wallClock(), using: &generator)
    }
}
