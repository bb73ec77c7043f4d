import Crypto
package import TandemCore

/// The idempotency keys of an import: made from what is imported, so that importing it again, after
/// a crash or just once more, changes nothing.
package enum ImportKey {
    private static let label = Array("tandem.import.v1".utf8)

    /// A UUID of version 8 whose bits come from SHA-256 over a label, the kind of entity, its id
    /// and its content (RFC 9562, section 5.8).
    ///
    /// The version matters: bits left to chance would now and then look like a UUID of version 7
    /// from long ago, which the server refuses as expired.
    package static func key(
        _ kind: ImportKind, id: UInt64, content: [UInt8]
    ) -> IdempotencyKey {
        var hash = SHA256()
        hash.update(data: label)
        hash.update(data: [kind.keyByte] + BigEndianBytes.of(id))
        hash.update(data: content)
        var high: UInt64 = 0
        var low: UInt64 = 0
        for (index, byte) in hash.finalize().enumerated() where index < 16 {
            if index < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
        }
        return IdempotencyKey(
            high: high & 0xFFFF_FFFF_FFFF_0FFF | 0x8000,
            low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    /// A key of chance alone, in the same shape: under it the server decides afresh.
    package static func fresh() -> IdempotencyKey {
        IdempotencyKey(
            high: .random(in: 0...UInt64.max) & 0xFFFF_FFFF_FFFF_0FFF | 0x8000,
            low: .random(in: 0...UInt64.max) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }
}

/// What is imported, in this order: each kind needs those before it.
package enum ImportKind: String, CaseIterable, Sendable {
    case products, users, orders

    package var fileName: String { "\(rawValue).csv" }

    /// Part of every key: never to be changed.
    fileprivate var keyByte: UInt8 {
        switch self {
        case .products: 1
        case .users: 2
        case .orders: 3
        }
    }
}
