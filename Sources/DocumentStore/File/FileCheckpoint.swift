package import TandemCore

/// Up to where a snapshot file reflects which log.
package struct FileCheckpoint: Hashable, Sendable {
    package let epoch: LogEpoch
    package let position: LogPosition
    /// The log's there, 32 bytes; `nil` if it isn't known.
    package let digest: [UInt8]?
    /// The events up to there whose fan-out has not reached all documents, in their order.
    package let unfinished: [RecordedEvent]

    package init(
        epoch: LogEpoch, position: LogPosition, digest: [UInt8]? = nil,
        unfinished: [RecordedEvent] = []
    ) {
        self.epoch = epoch
        self.position = position
        self.digest = digest
        self.unfinished = unfinished
    }
}
