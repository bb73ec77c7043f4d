/// The connections of a port whose handshake is not complete, with their addresses. Pure.
struct Handshakes {
    private struct Entry {
        let id: ObjectIdentifier
        let number: UInt64
    }

    private var addresses: [ObjectIdentifier: String] = [:]
    /// By address, oldest first.
    private var entries: [String: [Entry]] = [:]
    private var lastNumber: UInt64 = 0

    var count: Int { addresses.count }

    mutating func add(_ id: ObjectIdentifier, address: String) {
        lastNumber += 1
        addresses[id] = address
        entries[address, default: []].append(Entry(id: id, number: lastNumber))
    }

    /// O(handshakes of its address).
    mutating func remove(_ id: ObjectIdentifier) {
        guard let address = addresses.removeValue(forKey: id) else { return }
        entries[address]?.removeAll { $0.id == id }
        if entries[address]?.isEmpty == true { entries[address] = nil }
    }

    /// Takes out the oldest one of the address that has most of them, so that one that has few
    /// doesn't pay for others; of several such addresses, that with the oldest.
    ///
    /// O(addresses).
    mutating func removeOldest() -> ObjectIdentifier? {
        let most = entries.max { left, right in
            guard left.value.count == right.value.count else {
                return left.value.count < right.value.count
            }
            return left.value.first?.number ?? .max > right.value.first?.number ?? .max
        }
        guard let oldest = most?.value.first?.id else { return nil }
        remove(oldest)
        return oldest
    }
}
