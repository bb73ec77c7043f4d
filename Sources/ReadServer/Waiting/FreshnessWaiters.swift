/// The queries of a connection that wait for fresher documents. Pure.
struct FreshnessWaiters {
    private var ageMillisecondsMax: [UInt32: UInt32] = [:]
    /// No query is content with an older answer than this; may be too high, never too low.
    private var mostPatient: UInt32 = 0

    var isEmpty: Bool { ageMillisecondsMax.isEmpty }

    mutating func add(_ stream: UInt32, ageMillisecondsMax age: UInt32) {
        ageMillisecondsMax[stream] = age
        mostPatient = max(mostPatient, age)
    }

    mutating func remove(_ stream: UInt32) {
        ageMillisecondsMax[stream] = nil
        if ageMillisecondsMax.isEmpty { mostPatient = 0 }
    }

    /// Takes out the queries that are content with documents of this age, in the order of their
    /// streams. O(1) while none can be.
    mutating func take(ageMilliseconds: UInt32) -> [UInt32] {
        guard ageMilliseconds <= mostPatient else { return [] }
        let ready = ageMillisecondsMax.filter { ageMilliseconds <= $0.value }.keys.sorted()
        for stream in ready { ageMillisecondsMax[stream] = nil }
        mostPatient = ageMillisecondsMax.values.max() ?? 0
        return ready
    }
}
