package import TandemCore

/// Up to where a snapshot file reflects which log.
package struct FileCheckpoint: Hashable, Sendable {
    package let epoch: LogEpoch
    package let position: LogPosition
    /// The events up to there whose fan-out has not reached all documents, in their order.
    package let unfinished: [RecordedEvent]

    package init(epoch: LogEpoch, position: LogPosition, unfinished: [RecordedEvent] = []) {
        self.epoch = epoch
        self.position = position
        self.unfinished = unfinished
    }
}
