/// A position in one particular log: 16 bytes on the wire, `u64 log_epoch, u64 position`,
/// big-endian.
///
/// Hand the token of a command's answer to a query, and the query's answer includes the command's
/// effects (read-your-writes); hand on the token of a query's answer, and reads never go back in
/// time (monotonic reads). The client library does both by itself.
public struct ConsistencyToken: Hashable, Sendable {
    /// The log that ``position`` is in.
    public let epoch: LogEpoch
    /// What was reached, or reflected, or is asked for at least.
    public let position: LogPosition

    /// The size on the wire.
    package static let byteCount = 16

    /// A token of any log; whether a server follows that one shows when it is used.
    public init(epoch: LogEpoch, position: LogPosition) {
        self.epoch = epoch
        self.position = position
    }
}

extension ConsistencyToken: LosslessStringConvertible {
    /// The epoch's sixteen hexadecimal digits, a hyphen, and the position in decimal.
    public var description: String { "\(epoch)-\(position)" }

    /// Reads what ``description`` wrote, in either case of letters; `nil` for anything else.
    public init?(_ description: String) {
        let parts = description.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = HexText.value(of: parts[0]),
            let position = UInt64(parts[1]), parts[1].utf8.first != 0x2B
        else { return nil }
        self.init(epoch: LogEpoch(rawValue: epoch), position: LogPosition(rawValue: position))
    }
}
