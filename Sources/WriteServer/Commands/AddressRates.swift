import ConnectionState
import Synchronization
import TandemCore

/// How many commands a second an address may send: the generic cell rate algorithm (ITU-T I.371),
/// which needs one time for each address, with a burst of a second's worth. Pure.
///
/// Addresses that have caught up are forgotten. Where more than ``addressCountMax`` have not, those
/// that come next share one rate: what is remembered is bounded, and nobody gets past it.
struct AddressRates {
    static let addressCountMax = 16_384
    /// What addresses beyond share; no address is called so.
    private static let others = ""

    private let intervalNanoseconds: UInt64
    private let burstNanoseconds: UInt64 = 1_000_000_000
    /// When an address would be through with what it has sent, at the rate that it may send.
    private var busyUntil: [String: MonotonicTime] = [:]
    private var nextSweep = MonotonicTime(nanoseconds: 0)

    /// - Parameter countPerSecondMax: at least 1; less counts as that.
    init(countPerSecondMax: Int) {
        intervalNanoseconds = 1_000_000_000 / UInt64(max(countPerSecondMax, 1))
    }

    var addressCount: Int { busyUntil.count }

    /// Counts a command; if it is one too many, it isn't counted, and the answer is how many
    /// milliseconds later it would not be.
    mutating func admit(_ address: String, now: MonotonicTime) -> UInt32? {
        let address = tracked(address, now: now)
        let begin = max(busyUntil[address] ?? now, now)
        let ahead = begin.nanoseconds - now.nanoseconds
        guard ahead + intervalNanoseconds <= burstNanoseconds else {
            let wait = ahead + intervalNanoseconds - burstNanoseconds
            return UInt32(clamping: (wait + 999_999) / 1_000_000)
        }
        busyUntil[address] = MonotonicTime(nanoseconds: begin.nanoseconds + intervalNanoseconds)
        return nil
    }

    private mutating func tracked(_ address: String, now: MonotonicTime) -> String {
        guard busyUntil.count >= Self.addressCountMax, busyUntil[address] == nil else {
            return address
        }
        if now >= nextSweep {
            // Within a second all have caught up, so looking more often finds little.
            nextSweep = MonotonicTime(nanoseconds: now.nanoseconds + burstNanoseconds / 4)
            busyUntil = busyUntil.filter { $0.value > now }
        }
        return busyUntil.count < Self.addressCountMax ? address : Self.others
    }
}

/// The same, for all event loops.
final class CommandRates: Sendable {
    private let state: Mutex<AddressRates>

    init(countPerSecondMax: Int) {
        state = Mutex(AddressRates(countPerSecondMax: countPerSecondMax))
    }

    /// Says why a command is one too many; `nil` if it isn't.
    func refusal(of address: String, now: MonotonicTime) -> (Rejection, waitMilliseconds: UInt32)? {
        guard let wait = state.withLock({ $0.admit(address, now: now) }) else { return nil }
        let rejection = Rejection(
            .resourceExhausted, reason: "RATE_LIMITED",
            message: """
                Too many commands a second from this address (\(address)); send this one again \
                after \(wait) ms, with the same key.
                """)
        return (rejection, wait)
    }
}
