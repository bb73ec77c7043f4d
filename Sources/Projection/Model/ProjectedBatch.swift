package import EventModel
package import SnapshotStore

/// What a batch of events changes, ready to publish.
package struct ProjectedBatch: Sendable {
    /// One for each changed document, in the order in which the batch first changed them.
    package let changes: [DocumentChange]
    /// The position of the batch's last event; the checkpoint as it was, if all were old.
    package let position: LogPosition
    /// How many events were new.
    package let eventCount: Int
}
