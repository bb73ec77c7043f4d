import Budget
import Compression
import Dispatch
import DocumentStore
import Foundation
import Synchronization
import TandemCore

/// Writes what was published to the durable copy, behind the readers' backs, on a thread of its
/// own; the batches of a moment make one transaction, and a document that several of them change
/// is written once.
///
/// The copy only makes a restart fast. If it can't be written, the read side goes on without.
final class DocumentFileWriter: Sendable {
    fileprivate struct Inbox {
        /// Of each batch; put together only when they are written, if they are.
        var batches: [[DocumentChange]] = []
        var dictionaries: [CompressionDictionary] = []
        var position = LogPosition.beginning
        var known: LogEnd?
        var unfinished: [RecordedEvent] = []
        /// Of what waits, and of what is being written.
        var byteCount = 0
        var isProjectorWaiting = false
        var isStopped = false
        var hasFailed = false
    }

    /// Bytes that may wait, roughly, before the projector does.
    private let byteCountMax: Int

    private let file: DocumentFile
    private let epoch: LogEpoch
    private let memory: MemoryBudget
    private let log: @Sendable (String) -> Void
    private let inbox = Mutex(Inbox())
    private let wake = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: 0)
    private let finished = DispatchGroup()

    init(
        file: DocumentFile, epoch: LogEpoch, memory: MemoryBudget = .ample,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.memory = memory
        byteCountMax = MemoryRoom.copyByteCountMax(memory)
        self.file = file
        self.epoch = epoch
        self.log = log
    }

    func start() {
        finished.enter()
        let thread = Thread { [self] in
            while writeNext() { waitForMore() }
            finished.leave()
        }
        thread.name = "tandem-copy"
        thread.start()
    }

    /// Waits for a batch, and then a moment for others.
    private func waitForMore() {
        // Its signal may have been taken below.
        guard !inbox.withLock(\.isStopped) else { return }
        wake.wait()
        let end = DispatchTime.now() + Self.period
        while !inbox.withLock({ $0.isUrgent(byteCountMax: byteCountMax) }) {
            guard wake.wait(timeout: end) == .success else { return }
        }
    }

    /// A crash costs the next start the events of such a moment. Sums over documents change with
    /// nearly every batch: to write each of their states took as long as to write the documents.
    private static let period = DispatchTimeInterval.seconds(1)

    /// Takes a published batch. Waits while too much is waiting. The projector's thread only.
    ///
    /// - Parameters:
    ///   - known: of the log, at `position` or before.
    ///   - unfinished: the events whose fan-outs readers have to apply from it on.
    func keep(
        _ changes: [DocumentChange], dictionaries: [CompressionDictionary], position: LogPosition,
        known: LogEnd? = nil, unfinished: [RecordedEvent]
    ) {
        let byteCount = changes.reduce(0) { $0 + $1.storedByteCount + Self.changeByteCount }
        while inbox.withLock({ $0.mustWait(byteCountMax: byteCountMax) }) { room.wait() }
        inbox.withLock { inbox in
            guard !inbox.hasFailed else { return }
            memory.adjust(by: byteCount, for: .projection)
            inbox.byteCount += byteCount
            inbox.batches.append(changes)
            inbox.dictionaries = dictionaries
            inbox.position = position
            inbox.known = known
            inbox.unfinished = unfinished
        }
        wake.signal()
    }

    /// What a change takes besides its body, roughly: itself, and some keys of indexes.
    private static let changeByteCount = 400

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
            defer { inbox.batches = [] }
            return inbox
        }
        guard !taken.batches.isEmpty else { return !taken.isStopped }
        // Once one write has failed, another would move the checkpoint past what is missing.
        if !taken.hasFailed { write(taken) }
        memory.release(taken.byteCount, for: .projection)
        let isWaited = inbox.withLock { inbox in
            inbox.byteCount -= taken.byteCount
            defer { inbox.isProjectorWaiting = false }
            return inbox.isProjectorWaiting
        }
        if isWaited { room.signal() }
        return true
    }

    private func write(_ taken: Inbox) {
        do throws(DocumentFileError) {
            try file.write(
                taken.latestChanges, dictionaries: taken.dictionaries,
                checkpoint: FileCheckpoint(
                    epoch: epoch, position: taken.position, known: taken.known,
                    unfinished: taken.unfinished))
        } catch {
            log("the durable copy is not written any more: \(error)")
            inbox.withLock { $0.hasFailed = true }
        }
    }
}

extension DocumentFileWriter.Inbox {
    /// Whether what waits is not to wait for more.
    fileprivate func isUrgent(byteCountMax: Int) -> Bool {
        isStopped || byteCount >= byteCountMax / 2
    }

    /// Each document's last change.
    fileprivate var latestChanges: [DocumentChange] {
        if batches.count == 1 { return batches[0] }
        var seen = [Set<DocumentKey>]()
        var latest: [DocumentChange] = []
        for change in batches.reversed().joined() {
            while seen.count <= change.collection { seen.append([]) }
            if seen[change.collection].insert(change.key).inserted { latest.append(change) }
        }
        return latest
    }

    /// Whether there is no room for another batch; then it is told when there is.
    fileprivate mutating func mustWait(byteCountMax: Int) -> Bool {
        isProjectorWaiting = !hasFailed && byteCount >= byteCountMax
        return isProjectorWaiting
    }
}
