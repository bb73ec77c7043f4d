import Budget
import EventModel
import Projection
import SnapshotStore

/// The documents' part of the memory budget, and whether it lets the projector go on.
struct MemoryRoom: Sendable {
    let memory: MemoryBudget
    let store: SnapshotStore

    /// Takes note of what the documents take after a batch. The projector's thread only.
    func documentsChanged() {
        memory.adjust(
            by: store.memoryByteCount - memory.byteCount(of: .documents), for: .documents)
    }

    /// Why no further events may be projected; `nil` if they may.
    var obstacle: String? {
        guard !memory.hasRoom(for: .documents) else { return nil }
        let documents = memory.byteCount(of: .documents) >> 20
        guard memory.byteCount(of: .documents) > memory.documentByteCountMax else {
            return """
                memory is short: the process has \(memory.residentByteCount >> 20) MiB of the \
                \(memory.byteCountMax >> 20) that --memory allows
                """
        }
        return """
            the documents take \(documents) MiB, all that a --memory of \
            \(memory.byteCountMax >> 20) MiB leaves them: give the server more
            """
    }

    /// How much of each collection is kept decoded, counted as encoded.
    static func cacheByteCountMax(_ memory: MemoryBudget, collectionCount: Int) -> Int {
        min(32 << 20, memory.byteCountMax / 64 / max(collectionCount, 1))
    }
}

extension FeedEvents {
    /// What the batch takes decoded, roughly.
    static func byteCount(of events: [RecordedEvent]) -> Int {
        events.reduce(0) { $0 + $1.payload.count + $1.metadata.count + 192 }
    }
}
