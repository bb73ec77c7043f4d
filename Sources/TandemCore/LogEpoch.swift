/// Which log a position belongs to: drawn at random when a log is created.
///
/// Another log has the same positions, but not the same epoch.
public struct LogEpoch: RawRepresentable, Hashable, Sendable {
    /// Random bits, without an order.
    public let rawValue: UInt64

    /// The epoch that a log, or a token, says.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

extension LogEpoch: CustomStringConvertible {
    /// Sixteen lower-case hexadecimal digits.
    public var description: String { HexText.of(rawValue) }
}
