/// Which cluster a server belongs to: 16 bytes, drawn when its write database is made.
///
/// Its text is 32 hexadecimal digits.
public struct ClusterID: Hashable, Sendable {
    /// As on the wire.
    public let bytes: [UInt8]

    /// - Returns: `nil` unless there are 16 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads what ``description`` writes.
    public init?(_ text: String) {
        guard text.utf8.count == 32, let high = HexText.value(of: text.prefix(16)),
            let low = HexText.value(of: text.suffix(16))
        else { return nil }
        bytes = BigEndianBytes.of(high) + BigEndianBytes.of(low)
    }
}

extension ClusterID: CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    public var description: String { HexText.of(bytes) }
}
