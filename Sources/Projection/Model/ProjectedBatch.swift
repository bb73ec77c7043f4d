package import DocumentStore
package import TandemCore

/// What a batch of events changes, ready to publish.
package struct ProjectedBatch: Sendable {
    /// One for each changed document, in the order in which the batch first changed them.
    package let changes: [DocumentChange]
    /// The position of the last event that is in it; the checkpoint as it was, if all were old, or
    /// if this is a part of a fan-out.
    package let position: LogPosition
    /// What readers have to apply from then on, to be published along.
    package let overlay: FanOutSet?
    /// How many events were new.
    package let eventCount: Int
}
