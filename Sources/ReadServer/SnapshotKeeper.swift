import Compression
import Dispatch
import EventModel
import Foundation
import SnapshotStore
import Synchronization

/// Writes what was published to the durable copy, behind the readers' backs, on a thread of its
/// own; several batches make one transaction when it is behind.
///
/// The copy only makes a restart fast. If it can't be written, the read side goes on without.
final class SnapshotKeeper: Sendable {
    private struct Inbox {
        var changes: [DocumentChange] = []
        var dictionaries: [CompressionDictionary] = []
        var position = LogPosition.beginning
        var unfinished: [RecordedEvent] = []
        var batchCount = 0
        var isStopped = false
        var hasFailed = false
    }

    /// Batches that may wait before the projector does.
    private static let batchCountMax = 64

    private let file: SnapshotFile
    private let epoch: LogEpoch
    private let log: @Sendable (String) -> Void
    private let inbox = Mutex(Inbox())
    private let wake = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: batchCountMax)
    private let finished = DispatchGroup()

    init(file: SnapshotFile, epoch: LogEpoch, log: @escaping @Sendable (String) -> Void) {
        self.file = file
        self.epoch = epoch
        self.log = log
    }

    func start() {
        finished.enter()
        let thread = Thread { [self] in
            while writeNext() { wake.wait() }
            finished.leave()
        }
        thread.name = "tandem-snapshot"
        thread.start()
    }

    /// Takes a published batch. Waits while too many are waiting. The projector's thread only.
    ///
    /// - Parameter unfinished: the events whose fan-outs readers have to apply from it on.
    func keep(
        _ changes: [DocumentChange], dictionaries: [CompressionDictionary], position: LogPosition,
        unfinished: [RecordedEvent]
    ) {
        room.wait()
        let hasFailed = inbox.withLock { inbox in
            guard !inbox.hasFailed else { return true }
            inbox.changes.append(contentsOf: changes)
            inbox.dictionaries = dictionaries
            inbox.position = position
            inbox.unfinished = unfinished
            inbox.batchCount += 1
            return false
        }
        if hasFailed { room.signal() }
        wake.signal()
    }

    /// Writes what is waiting, closes the file and ends the thread. Blocks until it has.
    func stop() {
        inbox.withLock { $0.isStopped = true }
        wake.signal()
        finished.wait()
        do { try file.close() } catch { log("\(error)") }
    }

    /// False when everything is written and there will be no more.
    private func writeNext() -> Bool {
        let taken = inbox.withLock { inbox in
            defer {
                inbox.changes = []
                inbox.batchCount = 0
            }
            return inbox
        }
        guard taken.batchCount > 0 else { return !taken.isStopped }
        // Once one write has failed, another would move the checkpoint past what is missing.
        if !taken.hasFailed { write(taken) }
        for _ in 0..<taken.batchCount { room.signal() }
        return true
    }

    private func write(_ taken: Inbox) {
        do throws(SnapshotFileError) {
            try file.write(
                taken.changes, dictionaries: taken.dictionaries,
                checkpoint: SnapshotCheckpoint(
                    epoch: epoch, position: taken.position, unfinished: taken.unfinished))
        } catch {
            log("the durable copy is not written any more: \(error)")
            inbox.withLock { $0.hasFailed = true }
        }
    }
}
