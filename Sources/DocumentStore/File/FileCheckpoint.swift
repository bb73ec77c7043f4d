package import TandemCore

/// Up to where a snapshot file reflects which log.
package struct FileCheckpoint: Hashable, Sendable {
    package let epoch: LogEpoch
    package let position: LogPosition
    /// What is known of the log, there or before; `nil`: nothing.
    package let known: LogEnd?
    /// The events up to there whose fan-out has not reached all documents, in their order.
    package let unfinished: [RecordedEvent]

    package init(
        epoch: LogEpoch, position: LogPosition, known: LogEnd? = nil,
        unfinished: [RecordedEvent] = []
    ) {
        self.epoch = epoch
        self.position = position
        self.known = known
        self.unfinished = unfinished
    }
}
