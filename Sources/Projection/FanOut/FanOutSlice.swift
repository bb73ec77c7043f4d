import DocumentStore
import TandemCore

/// A bounded part of the work on fan-outs: which documents it rewrites, of one pass or of several
/// that are short.
///
/// One document after the other is inflated, changed and compressed, so that it takes the memory of
/// one decoded document, however many there are and however large they are together.
struct FanOutSlice {
    /// About 10 ms of work: what other events wait at most.
    private static let documentCountMax = 256
    private static let rawByteCountMax = 256 << 10
    /// Documents that need no rewriting cost a look at their record.
    private static let visitedCountMax = 4_096

    private let position: LogPosition
    private(set) var changes: [DocumentChange] = []
    private var rawByteCount = 0
    private var visitedCount = 0

    /// - Parameter position: of the published state, which the documents will reflect.
    init(position: LogPosition) {
        self.position = position
    }

    var isFull: Bool {
        changes.count >= Self.documentCountMax || rawByteCount >= Self.rawByteCountMax
            || visitedCount >= Self.visitedCountMax
    }

    /// Walks on from where the pass is, and says whether it has come to its end. Not to be called
    /// when this is full.
    ///
    /// - Parameters:
    ///   - mayBecome: whether a document's change leaves the totals as they are.
    ///   - compress: makes a document's stored bytes of its encoded ones.
    mutating func fill(
        _ pass: inout FanOutPass, of fanOuts: FanOutSet, stored: StoredDocuments,
        mayBecome: (DocumentBox, DocumentBox) -> Bool, compress: ([UInt8]) -> StoredBody
    ) throws(ReductionError) -> Bool {
        let range = pass.range
        var failure: ReductionError?
        // A look at a range that has no documents is one, too.
        visitedCount += 1
        pass.cursor = stored.scan(
            collection: range.collection, index: range.index, prefix: range.prefix,
            after: pass.cursor, limit: Self.visitedCountMax
        ) { document in
            visitedCount += 1
            do throws(ReductionError) {
                try rewrite(document, of: range.collection, fanOuts, stored, mayBecome, compress)
            } catch {
                failure = error
            }
            return failure == nil && !isFull
        }
        if let failure { throw failure }
        return pass.cursor == nil
    }

    private mutating func rewrite(
        _ document: StoredDocument, of collection: Int, _ fanOuts: FanOutSet,
        _ stored: StoredDocuments, _ mayBecome: (DocumentBox, DocumentBox) -> Bool,
        _ compress: ([UInt8]) -> StoredBody
    ) throws(ReductionError) {
        let (raw, indexKeys): ([UInt8], [DocumentKey])
        let isAlike: Bool
        do throws(DocumentCodecError) {
            guard
                let (before, present) = try fanOuts.presentBox(
                    try stored.raw(document), of: document, collection: collection)
            else { return }
            isAlike = mayBecome(before, present)
            raw = try present.encoded()
            indexKeys = try present.checkedIndexKeys(stored.schema[collection])
        } catch {
            throw .unreadableDocument(
                collection: stored.schema[collection].name, key: document.key,
                reason: error.description)
        }
        guard document.hasIndexKeys(indexKeys) else { throw .movedByFanOut }
        guard isAlike else { throw .addedByFanOut }
        rawByteCount += raw.count
        changes.append(
            DocumentChange(
                collection: collection, key: document.key,
                content: .put(compress(raw), indexKeys: indexKeys), position: position))
    }
}
