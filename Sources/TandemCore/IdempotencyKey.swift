/// Sixteen bytes that name one attempt to change something, chosen by the client.
///
/// The server keeps the answer to a command under its key for at least 24 hours: the same key
/// with the same payload gets the stored answer, so a command whose answer was lost can be sent
/// again without happening twice.
public struct IdempotencyKey: Hashable, Sendable {
    /// The first eight bytes, big-endian.
    package let high: UInt64
    /// The last eight bytes, big-endian.
    package let low: UInt64

    /// The size on the wire.
    package static let byteCount = 16

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A key of the first sixteen of `bytes`; `nil` if there are fewer.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count >= Self.byteCount else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in bytes.prefix(8) { high = high << 8 | UInt64(byte) }
        for byte in bytes.dropFirst(8).prefix(8) { low = low << 8 | UInt64(byte) }
        self.init(high: high, low: low)
    }

    /// A UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then chance, so
    /// that keys sort by time and the server can tell one that is too old to be remembered.
    package static func timeOrdered(
        at now: Timestamp, using generator: inout some RandomNumberGenerator
    ) -> IdempotencyKey {
        let milliseconds = UInt64(clamping: now.microseconds / 1_000) & 0xFFFF_FFFF_FFFF
        let chance = generator.next()
        return IdempotencyKey(
            high: milliseconds << 16 | 0x7000 | chance & 0x0FFF,
            low: generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    /// When a UUID version 7 was made, to the millisecond; `nil` for any other key.
    package var time: Timestamp? {
        guard high >> 12 & 0xF == 7, low >> 62 == 0b10 else { return nil }
        return Timestamp(microseconds: Int64(high >> 16) * 1_000)
    }

    /// The sixteen bytes, as on the wire, and in the part of a batch.
    public var bytes: [UInt8] {
        BigEndianBytes.of(high) + BigEndianBytes.of(low)
    }
}

extension IdempotencyKey: LosslessStringConvertible {
    /// Thirty-two lower-case hexadecimal digits.
    public var description: String { HexText.of(high) + HexText.of(low) }

    /// Reads what ``description`` wrote, in either case of letters; `nil` for anything else.
    public init?(_ description: String) {
        guard description.utf8.count == 2 * Self.byteCount,
            let high = HexText.value(of: description.prefix(16)),
            let low = HexText.value(of: description.suffix(16))
        else { return nil }
        self.init(high: high, low: low)
    }
}

/// Network byte order, without a buffer type.
package enum BigEndianBytes {
    package static func of(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
    }
}
