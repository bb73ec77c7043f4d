import DocumentStore
import Projection
import TandemCore
import TandemDomain

/// What a domain's queries are answered from.
struct ReadModel: Sendable {
    let store: DocumentStore
    let queries: [QueryDefinition]
    let collections: [CollectionSchema]
    /// What to do about documents that can't be served.
    let damage: DamageLog

    /// - Parameter log: takes a line for the operator.
    init(
        _ domain: CheckedDomain, store: DocumentStore,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.store = store
        damage = DamageLog(log)
        queries = domain.queries
        collections = domain.documents.map { $0.collection }
    }
}
