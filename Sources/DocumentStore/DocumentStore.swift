package import Compression
import Synchronization
package import TandemCore

/// Compressed documents and their ordered indexes, in memory.
///
/// Left-right: there are two copies of all indexes over shared documents that never change. Readers
/// use the one, the writer changes the other and then exchanges them, so that a reader sees all of
/// a batch or none, takes no lock and never waits. A change is applied twice and the indexes take
/// twice their memory; that is the price.
package final class DocumentStore: Sendable {
    /// The collections, in the order of their numbers.
    package let schema: [CollectionSchema]

    private let leftRight: LeftRight
    private let readers = ReaderRegistry()
    private let hash = SipHash.random()
    private let writer: Mutex<StoreWriter>
    private let publishedPosition = Atomic<UInt64>(0)
    private let facts: Mutex<Facts>

    /// What threads besides the readers ask for, away from the request path.
    private struct Facts {
        var dictionaries: [CompressionDictionary] = []
        var statistics: [CollectionStatistics] = []
    }

    /// An empty store at the beginning of the log.
    package init(schema: [CollectionSchema]) {
        self.schema = schema
        leftRight = LeftRight(schema)
        let writer = StoreWriter(schema, leftRight: leftRight, readers: readers, hash: hash)
        facts = Mutex(Facts(statistics: writer.statistics()))
        self.writer = Mutex(writer)
    }

    deinit {
        writer.withLock { $0.freeRetired() }
    }

    /// A reader for one thread. At most 256 exist at a time; one more is our own bug.
    ///
    /// The store lives as long as its readers.
    package func makeReader() -> DocumentReader {
        DocumentReader(store: self, leftRight: leftRight, readers: readers, hash: hash)
    }

    /// Applies all changes in order and shows them to readers in one step, with the position.
    ///
    /// For the only writer's thread. Waits for readers that still read what the batch before last
    /// left; never for longer than such a reader stays pinned. Documents that were replaced are
    /// freed at the next batch. An index key of a wrong width, or one that another document has,
    /// is a bug of the domain, and traps.
    ///
    /// - Parameter overlay: what readers of this state have to apply to documents.
    package func publish(
        _ changes: [DocumentChange], position: LogPosition,
        overlay: (any DocumentOverlay)? = nil
    ) {
        precondition(
            change(to: position) {
                $0.publish(changes, position: position, overlay: overlay)
            },
            "Two documents have the same key in an index.")
    }

    /// Takes all that an empty store, which has no readers yet, is to begin with. False when two of
    /// the documents have the same key in an index: the store is no good any more then.
    func fill(with load: BulkLoad, position: LogPosition) -> Bool {
        change(to: position) { $0.fill(with: load, position: position) }
    }

    private func change(
        to position: LogPosition, _ body: (inout StoreWriter) -> Bool
    ) -> Bool {
        let (isUnique, statistics) = writer.withLock { (body(&$0), $0.statistics()) }
        facts.withLock { $0.statistics = statistics }
        publishedPosition.store(position.rawValue, ordering: .releasing)
        return isUnique
    }

    /// The position of the last batch. Any thread; a reader that pins after seeing it reads at
    /// least that position.
    package var position: LogPosition {
        LogPosition(rawValue: publishedPosition.load(ordering: .acquiring))
    }

    /// Gives a dictionary its number, the same for ever; one that is there keeps the number it has.
    ///
    /// For the writer's thread, before documents that use it are published. More than
    /// ``StoredEncoding/dictionaryCountMax`` are our own bug, and trap.
    package func addDictionary(_ dictionary: CompressionDictionary) -> StoredEncoding {
        facts.withLock { facts in
            if let number = facts.dictionaries.firstIndex(of: dictionary) {
                return .dictionary(number)
            }
            facts.dictionaries.append(dictionary)
            return .dictionary(facts.dictionaries.count - 1)
        }
    }

    /// All dictionaries, by number. Any thread; takes a lock, so keep the answer.
    package var dictionaries: [CompressionDictionary] {
        facts.withLock { $0.dictionaries }
    }

    /// What all collections take in memory, as of the last batch. Any thread; takes a lock.
    package var memoryByteCount: Int {
        facts.withLock { $0.statistics.reduce(0) { $0 + $1.memoryByteCount } }
    }

    /// How large each collection is, as of the last batch. Any thread; takes a lock.
    package func statistics() -> [CollectionStatistics] {
        facts.withLock { $0.statistics }
    }
}
