import Synchronization

/// How many bytes are held for each address. Any thread.
package final class AddressBytes: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    package init() {}

    package subscript(address: String) -> Int { counts.withLock { $0[address] ?? 0 } }

    /// - Parameter byteCount: below 0 to give back.
    package func add(_ byteCount: Int, _ address: String) {
        counts.withLock { counts in
            let held = (counts[address] ?? 0) + byteCount
            counts[address] = held == 0 ? nil : held
        }
    }
}
