package import EventModel

/// Up to where a snapshot file reflects which log.
package struct SnapshotCheckpoint: Hashable, Sendable {
    package let epoch: LogEpoch
    package let position: LogPosition

    package init(epoch: LogEpoch, position: LogPosition) {
        self.epoch = epoch
        self.position = position
    }
}
