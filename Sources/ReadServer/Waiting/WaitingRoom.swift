import Budget
import DocumentStore
import NIOCore
import TandemCore
import Transport
import Wire

/// Room for queries that wait: so many for each address, and memory for what each one holds, of
/// which as much has to be left as the address's others take. Any thread.
final class WaitingRoom: Sendable {
    private let quota: AddressQuota
    private let memory: MemoryBudget
    private let held = AddressBytes()

    /// A refusal, and when to ask again.
    typealias Refusal = (rejection: Rejection, retryAfterMilliseconds: UInt32)

    init(limits: WireLimits, memory: MemoryBudget) {
        quota = AddressQuota(countPerAddressMax: limits.waitingQueryCountPerAddressMax)
        self.memory = memory
    }

    var takenCount: Int { quota.count }

    /// An estimate of what a query holds while it waits: its plan, made of the request's bytes, and
    /// its places in what tells when it may go on. The request itself is not kept.
    static func byteCount(of plan: QueryPlan, _ body: ByteBuffer) -> Int {
        1_024 + body.readableBytes + plan.keysByteCount
    }

    /// Takes room, or says why there is none.
    func take(_ byteCount: Int, _ address: String) -> Refusal? {
        if case .ofAddress(let countMax) = quota.take(address) {
            return (.tooManyWaiting(countMax: countMax), 100)
        }
        guard memory.room(for: .heldAnswers, besides: held[address]) >= byteCount,
            memory.reserve(byteCount, for: .heldAnswers)
        else {
            quota.giveBack(address)
            return (.memoryFull(for: "another query that waits"), 1_000)
        }
        held.add(byteCount, address)
        return nil
    }

    func giveBack(_ byteCount: Int, _ address: String) {
        held.add(-byteCount, address)
        memory.release(byteCount, for: .heldAnswers)
        quota.giveBack(address)
    }
}

extension Rejection {
    fileprivate static func tooManyWaiting(countMax: Int) -> Rejection {
        Rejection(
            .resourceExhausted, reason: TandemReason.tooManyWaiting.rawValue,
            message: "\(countMax) queries of this address wait for documents already (--limit "
                + "waiting-queries-per-address); try again shortly, or ask without a position.")
    }
}
