/// A named sequence of events about one thing, for example `order-42`.
package struct StreamID: RawRepresentable, Hashable, Sendable {
    /// Any text; by our habit the thing's kind, a hyphen and its id.
    package let rawValue: String

    /// The stream of that name, whether or not it has events.
    package init(rawValue: String) {
        self.rawValue = rawValue
    }
}

/// How many events a stream has: 1 after its first.
package struct StreamVersion: RawRepresentable, Hashable, Comparable, Sendable {
    /// 0 before the first event.
    package let rawValue: UInt64

    /// Any number is a version, whether or not the stream has so many events.
    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Earlier in the same stream.
    package static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// An event as the log holds it.
package struct RecordedEvent: Hashable, Sendable {
    /// Its place among all events.
    package let position: LogPosition
    /// What it is about.
    package let stream: StreamID
    /// The stream's version that this event made.
    package let version: StreamVersion
    /// The name under which the domain knows how to decode ``payload``.
    package let type: String
    /// The event itself, in the domain's own encoding.
    package let payload: [UInt8]
    /// What the application wanted kept beside the event; empty if nothing.
    package let metadata: [UInt8]
    /// The writer's wall clock when the event's group began.
    package let recordedAt: Timestamp

    /// An event as it was read; nothing is checked.
    package init(
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
