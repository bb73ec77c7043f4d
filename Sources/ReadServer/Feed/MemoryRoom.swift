import Budget
import DocumentStore
import Projection
import TandemCore

/// The documents' part of the memory budget, and whether it lets the projector go on.
struct MemoryRoom: Sendable {
    let memory: MemoryBudget
    let store: DocumentStore

    /// Takes note of what the documents take after a batch. The projector's thread only.
    func documentsChanged() {
        memory.adjust(
            by: store.memoryByteCount - memory.byteCount(of: .documents), for: .documents)
    }

    /// Why no further events may be projected; `nil` if they may.
    var obstacle: ReadProgress.Wait? {
        guard !memory.hasRoom(for: .documents) else { return nil }
        let documents = memory.byteCount(of: .documents)
        let total = memory.byteCountMax >> 20
        guard documents > memory.documentByteCountMax else {
            return .init(
                reason: """
                    memory is short: the process has \(memory.residentByteCount >> 20) MiB of the \
                    \(total) that --memory allows
                    """, isLasting: false)
        }
        return .init(
            reason: """
                the documents take \(documents >> 20) MiB, all that a --memory of \(total) MiB \
                leaves them: give the server more
                """, isLasting: true)
    }

    /// How much of each collection is kept decoded, counted as encoded: of all of them together
    /// about a thirty-second part of the memory, as decoded.
    static func cacheByteCountMax(_ memory: MemoryBudget, collectionCount: Int) -> Int {
        min(32 << 20, memory.byteCountMax / 32 / Self.decodedFactor / max(collectionCount, 1))
    }

    /// How much more a document takes decoded, roughly: an order of catalogue lines, most of whose
    /// fields are a byte or two on the wire.
    private static let decodedFactor = 8

    /// What waits for the durable copy, and what that may hold of its file.
    static func copyByteCountMax(_ memory: MemoryBudget) -> Int {
        min(16 << 20, memory.byteCountMax / 64)
    }

    static func fileCacheByteCountMax(_ memory: MemoryBudget) -> Int {
        min(32 << 20, memory.byteCountMax / 32)
    }
}

extension FeedEvents {
    /// What the batch takes decoded, roughly.
    static func byteCount(of events: [RecordedEvent]) -> Int {
        events.reduce(0) { $0 + $1.payload.count + $1.metadata.count + 192 }
    }
}
