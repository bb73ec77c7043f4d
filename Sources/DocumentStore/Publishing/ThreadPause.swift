#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Waiting for another thread without taking its core away: first yields, then sleeps, 50 µs to
/// 1 ms at a time.
struct ThreadPause {
    private var yieldsLeft = 8
    private var microseconds: UInt32 = 50

    mutating func next() {
        if yieldsLeft > 0 {
            yieldsLeft -= 1
            sched_yield()
        } else {
            usleep(microseconds)
            microseconds = min(microseconds * 2, 1_000)
        }
    }
}
