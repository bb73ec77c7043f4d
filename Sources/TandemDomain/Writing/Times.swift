public import SwiftProtobuf
public import TandemCore

// Messages have protobuf's times; the log's clock, tables and `recordedAt` have Tandem's.

extension Timestamp {
    /// A message's time, its nanoseconds cut to microseconds; `nil` if it is none (protobuf's go
    /// from the year 1 to the end of 9999).
    public init?(_ time: Google_Protobuf_Timestamp) {
        guard Self.seconds.contains(time.seconds), (0..<1_000_000_000).contains(time.nanos) else {
            return nil
        }
        self.init(microseconds: time.seconds * 1_000_000 + Int64(time.nanos / 1_000))
    }

    /// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
    fileprivate static let seconds: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
}

extension Google_Protobuf_Timestamp {
    /// The same moment, for a message.
    public init(_ time: Timestamp) {
        let (seconds, rest) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        // Nanoseconds count forward, before 1970 too.
        self.init(
            seconds: rest < 0 ? seconds - 1 : seconds,
            nanos: Int32((rest < 0 ? rest + 1_000_000 : rest) * 1_000))
    }
}

extension Check {
    /// A time, from the year 1 to the end of 9999; INVALID_TIME.
    ///
    /// What comes out can be compared with `log.now`, kept in a table, and added to without an
    /// overflow; a client's own seconds, multiplied, could end the process.
    public static func time(
        _ value: Google_Protobuf_Timestamp, _ field: @autoclosure () -> String
    ) throws(Rejection) -> Timestamp {
        guard let time = Timestamp(value) else {
            throw Rejection(
                .invalidArgument, reason: "INVALID_TIME",
                message: """
                    \(field()) is no time from the year 1 to 9999: it has \(value.seconds) seconds \
                    and \(value.nanos) nanoseconds
                    """,
                metadata: ["field": field()])
        }
        return time
    }
}
