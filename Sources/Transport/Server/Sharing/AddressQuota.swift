import Synchronization

/// How many of something there are, bounded for each address and in all. Any thread.
package final class AddressQuota: Sendable {
    private struct State {
        var count = 0
        var countByAddress: [String: Int] = [:]
    }

    /// Which bound one more would break.
    package enum Excess: Hashable, Sendable {
        case ofAddress(countMax: Int)
        case inAll(countMax: Int)
    }

    private let countPerAddressMax: Int
    private let countMax: Int
    private let state = Mutex(State())

    package init(countPerAddressMax: Int, countMax: Int = .max) {
        self.countPerAddressMax = countPerAddressMax
        self.countMax = countMax
    }

    package var count: Int { state.withLock { $0.count } }

    /// Counts one more; `nil` if it may be. To be given back then.
    package func take(_ address: String) -> Excess? {
        state.withLock { state in
            guard state.count < countMax else { return .inAll(countMax: countMax) }
            let ofAddress = state.countByAddress[address, default: 0]
            guard ofAddress < countPerAddressMax else {
                return .ofAddress(countMax: countPerAddressMax)
            }
            state.count += 1
            state.countByAddress[address] = ofAddress + 1
            return nil
        }
    }

    package func giveBack(_ address: String) {
        state.withLock { state in
            state.count -= 1
            let left = state.countByAddress[address, default: 1] - 1
            state.countByAddress[address] = left == 0 ? nil : left
        }
    }
}
