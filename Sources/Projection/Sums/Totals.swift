import DocumentStore

/// A domain's sums, by the collections that they are over. Used by the projector's thread.
final class Totals {
    private let ledgers: [[Ledger]]
    /// Whether there are none, and batches needn't be cut for them.
    let isEmpty: Bool

    init(_ summations: [Summation], collections: [any ProjectedDocument.Type]) {
        isEmpty = summations.isEmpty
        ledgers = collections.map { collection in
            summations.filter { $0.source == collection }.map { $0.makeLedger() }
        }
    }

    /// Brings the totals in line with what the batch has changed; the totals are then among it.
    func settle(_ editor: DocumentEditor) throws(ProjectionError) {
        guard !isEmpty else { return }
        for change in editor.changes where !ledgers[change.collection.number].isEmpty {
            try attempt(change.collection.schema.name, change.key) {
                let before = try change.collection.original(change.key)
                let after = try change.present()
                for ledger in ledgers[change.collection.number] { try ledger.note(before, after) }
            }
        }
        for ledger in ledgers.joined() {
            try attempt(nil, nil) { try ledger.settle(editor) }
        }
    }

    /// Whether two states of a document add the same to all totals.
    func areAlike(_ before: DocumentBox, _ after: DocumentBox, collection: Int) -> Bool {
        // One that can't be added up is not alike; the projection stops either way.
        ledgers[collection].allSatisfy { (try? $0.isAlike(before, after)) == true }
    }

    /// Forgets what a batch that failed has noted.
    func endBatch() {
        for ledger in ledgers.joined() { ledger.clear() }
    }

    private func attempt(
        _ collection: String?, _ key: DocumentKey?, _ body: () throws -> Void
    ) throws(ProjectionError) {
        do { try body() } catch {
            throw .summation(
                error as? ReductionError ?? .contradiction("its parts can't be told: \(error)"),
                collection: collection, key: key)
        }
    }
}
