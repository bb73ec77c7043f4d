import OrdersClient
import Synchronization
import TandemClient
import TandemCore

/// So many orders, and what became of them.
final class TestJob: BulkJob {
    private struct State {
        var next: UInt64 = 1
        var results: [UInt64: StatusCode] = [:]
        var advice: [UInt64: RetryAdvice] = [:]
        var documents: [BulkDocument] = []
    }

    private let count: UInt64
    private let followUpEvery: UInt64?
    private let replacementKeyHigh: UInt64?
    private let state = Mutex(State())

    init(count: UInt64, followUpEvery: UInt64? = nil, replacementKeyHigh: UInt64? = nil) {
        self.count = count
        self.replacementKeyHigh = replacementKeyHigh
        self.followUpEvery = followUpEvery
    }

    var results: [UInt64: StatusCode] { state.withLock { $0.results } }
    /// What was said of those that failed.
    var advice: [UInt64: RetryAdvice] { state.withLock { $0.advice } }
    var documents: [BulkDocument] { state.withLock { $0.documents } }

    func next() -> BulkCommand? {
        let tag = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        guard tag <= count else { return nil }
        let order = NewOrder(
            id: OrderID(rawValue: tag), userID: 1, currency: "USD",
            lines: [.product(1, quantity: 1)])
        return try? .placeOrder(order, tag: tag) { _ in IdempotencyKey(high: 0, low: tag) }
    }

    func replacement(for command: BulkCommand, after error: TandemError) -> BulkCommand? {
        replacementKeyHigh.map { command.under(IdempotencyKey(high: $0, low: command.tag)) }
    }

    func received(
        _ result: Result<BulkAnswer, TandemError>, for command: BulkCommand
    ) -> BulkFollowUp? {
        state.withLock { state in
            switch result {
            case .success: state.results[command.tag] = .ok
            case .failure(let error):
                state.results[command.tag] = error.code
                state.advice[command.tag] = error.retry
            }
        }
        guard let followUpEvery, command.tag.isMultiple(of: followUpEvery) else { return nil }
        return .order(OrderID(rawValue: command.tag))
    }

    func received(
        _ result: Result<BulkDocument, TandemError>, followUp: BulkFollowUp,
        for command: BulkCommand, elapsed: Duration
    ) {
        guard case .success(let document) = result else { return }
        state.withLock { $0.documents.append(document) }
    }
}
