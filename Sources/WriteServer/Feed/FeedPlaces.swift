import Budget
import TandemCore
import Transport
import Wire

/// Room for subscriptions: so many for each address and for the port, and memory for what each one
/// takes beside the batches, which these can't take. Any thread.
final class FeedPlaces: Sendable {
    private let quota: AddressQuota
    private let memory: MemoryBudget

    /// A subscription and its request, with what holds them.
    private static let byteCount = 2 << 10
    /// What is kept for them.
    static func byteCountMax(_ memory: MemoryBudget) -> Int {
        memory.byteCountMax(of: .feed) / 4
    }

    private static let retryAfterMilliseconds: UInt32 = 1_000

    init(limits: WireLimits, memory: MemoryBudget) {
        quota = AddressQuota(
            countPerAddressMax: limits.subscriptionCountPerAddressMax,
            countMax: limits.subscriptionCountMax)
        self.memory = memory
    }

    var takenCount: Int { quota.count }

    /// Takes a place, or says why there is none and in how many milliseconds to ask again.
    func take(_ address: String) -> (Rejection, retryAfterMilliseconds: UInt32)? {
        if let excess = quota.take(address) {
            return (.tooManySubscriptions(excess), Self.retryAfterMilliseconds)
        }
        let isFull = quota.count * Self.byteCount > Self.byteCountMax(memory)
        guard !isFull, !memory.isPressed else {
            quota.giveBack(address)
            return (.memoryFull(for: "another subscription"), Self.retryAfterMilliseconds)
        }
        memory.adjust(by: Self.byteCount, for: .feed)
        return nil
    }

    func giveBack(_ address: String) {
        memory.release(Self.byteCount, for: .feed)
        quota.giveBack(address)
    }
}

extension Rejection {
    static func tooManySubscriptions(_ message: String) -> Rejection {
        Rejection(.resourceExhausted, reason: "TOO_MANY_SUBSCRIPTIONS", message: message)
    }

    fileprivate static func tooManySubscriptions(_ excess: AddressQuota.Excess) -> Rejection {
        switch excess {
        case .ofAddress(let countMax):
            tooManySubscriptions(
                "An address has \(countMax) subscriptions at most (--limit "
                    + "subscriptions-per-address); end some of them, or wait.")
        case .inAll(let countMax):
            tooManySubscriptions(
                "The server has \(countMax) subscriptions at most (--limit subscriptions); "
                    + "wait until some have ended.")
        }
    }
}
