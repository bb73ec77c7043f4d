import OrdersClient
import TandemClient

/// Commands on a fixed schedule, each followed by reading its effect back.
struct VisibilityMeasurement: Sendable {
    let client: TandemClient
    let products: [Product]
    let count: Int
    let interval: Duration

    /// So many go before the schedule begins, so that connecting is not measured.
    private static let warmupCount = 20

    /// Latencies from the time on the schedule to the answer of the query.
    func run() async throws -> LatencyHistogram {
        for index in 0..<Self.warmupCount { try await touch(products[index % products.count]) }
        let clock = ContinuousClock()
        let start = clock.now + .milliseconds(10)
        return try await withThrowingTaskGroup(of: Duration.self) { group in
            var times = LatencyHistogram()
            for index in 0..<count {
                let due = start + interval * index
                // On the schedule, not when the one before is done: no omission is coordinated.
                try await clock.sleep(until: due, tolerance: .zero)
                group.addTask {
                    try await touch(products[index % products.count])
                    return clock.now - due
                }
            }
            for try await latency in group { times.record(latency) }
            return times
        }
    }

    private func touch(_ product: Product) async throws(TandemError) {
        // A session of its own: it demands its own command's position, not that of others.
        let session = client.session()
        _ = try await session.changeProductPrice(
            product.id, toMinorUnits: product.price.minorUnits)
        _ = try await session.product(product.id)
    }
}
