import Budget
import Transport

/// How much of the feed's memory an address may take for batches that it has not been sent whole.
/// Any thread.
///
/// As much has to be left as the address holds already, beside what is kept for new subscriptions
/// (``FeedPlaces``): an address that doesn't read can't keep another one waiting.
final class FeedShares: Sendable {
    private let memory: MemoryBudget
    private let held = AddressBytes()

    init(_ memory: MemoryBudget) {
        self.memory = memory
    }

    /// Whether an address may have another batch.
    func hasRoom(for address: String) -> Bool {
        memory.hasRoom(
            for: .feed, besides: held[address] + FeedPlaces.byteCountMax(memory))
    }

    /// The same for one that keeps up: it has one batch even without room, but no two.
    func hasRoomForLive(_ address: String) -> Bool {
        held[address] == 0 || hasRoom(for: address)
    }

    /// An outcome that counts for an address for as long as anybody holds it. Those that are given
    /// the same batch apart count it apart.
    func hold(_ outcome: FeedOutcome, for address: String) -> FeedOutcome {
        guard case .item(let item, let lastPosition) = outcome,
            let batch = item.owner as? EncodedFeedBatch
        else { return outcome }
        let holding = Holding(batch, held, address)
        return .item(item.owned(by: holding), lastPosition: lastPosition)
    }

    /// A batch on its way to subscriptions of an address.
    private final class Holding: Sendable {
        private let batch: EncodedFeedBatch
        private let byteCount: Int
        private let held: AddressBytes
        private let address: String

        init(_ batch: EncodedFeedBatch, _ held: AddressBytes, _ address: String) {
            self.batch = batch
            self.held = held
            self.address = address
            byteCount = batch.byteCount
            held.add(byteCount, address)
        }

        deinit { held.add(-byteCount, address) }
    }
}
