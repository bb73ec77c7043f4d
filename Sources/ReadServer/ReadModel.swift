import Domain
import EventModel
import Projection
import SnapshotStore

/// What a domain's queries are answered from.
struct ReadModel: Sendable {
    let store: SnapshotStore
    let queries: [QueryDefinition]
    let collections: [CollectionSchema]

    init(_ domain: some Domain, store: SnapshotStore) {
        self.store = store
        queries = domain.queries
        collections = domain.documents.map { $0.collection }
    }
}
