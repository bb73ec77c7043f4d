import TandemCore

/// The batches that were made last. Pure.
struct FeedBatchCache {
    private var batches: [LogPosition: EncodedFeedBatch] = [:]
    /// Oldest first.
    private var order: [LogPosition] = []

    static let countMax = 256
    static let byteCountMax = 8 << 20

    var count: Int { batches.count }
    /// O(batches).
    var byteCount: Int { batches.values.reduce(0) { $0 + $1.byteCount } }
    /// What they may come to take.
    private var byteCountAtMost = 0

    /// The batch of what follows a position, unless there is more by now than it holds.
    func batch(after position: LogPosition, head: LogPosition) -> EncodedFeedBatch? {
        guard let batch = batches[position], batch.isFull || batch.lastPosition == head else {
            return nil
        }
        return batch
    }

    /// Keeps a batch, and lets go of the oldest ones beyond the bounds. O(batches).
    mutating func keep(_ batch: EncodedFeedBatch, byteCountMax: Int = Self.byteCountMax) {
        let byteCountMax = min(byteCountMax, Self.byteCountMax)
        if let old = batches.updateValue(batch, forKey: batch.after) {
            byteCountAtMost -= old.byteCountAtMost
            order.removeAll { $0 == batch.after }
        }
        order.append(batch.after)
        byteCountAtMost += batch.byteCountAtMost
        while order.count > Self.countMax || byteCountAtMost > byteCountMax, !order.isEmpty {
            let old = batches.removeValue(forKey: order.removeFirst())
            byteCountAtMost -= old?.byteCountAtMost ?? 0
        }
    }

    mutating func removeAll() {
        self = FeedBatchCache()
    }
}
