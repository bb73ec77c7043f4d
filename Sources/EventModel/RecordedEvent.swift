/// A named sequence of events about one thing, for example `order-42`.
public struct StreamID: RawRepresentable, Hashable, Sendable {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }
}

/// How many events a stream has: 1 after its first.
public struct StreamVersion: RawRepresentable, Hashable, Comparable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// An event as the log holds it.
public struct RecordedEvent: Hashable, Sendable {
    public let position: LogPosition
    public let stream: StreamID
    /// The stream's version that this event made.
    public let version: StreamVersion
    /// The name under which the domain knows how to decode ``payload``.
    public let type: String
    public let payload: [UInt8]
    /// What the application wanted kept beside the event; empty if nothing.
    public let metadata: [UInt8]
    public let recordedAt: Timestamp

    public init(
        position: LogPosition, stream: StreamID, version: StreamVersion, type: String,
        payload: [UInt8], metadata: [UInt8] = [], recordedAt: Timestamp
    ) {
        self.position = position
        self.stream = stream
        self.version = version
        self.type = type
        self.payload = payload
        self.metadata = metadata
        self.recordedAt = recordedAt
    }
}
