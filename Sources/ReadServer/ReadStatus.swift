import ConnectionState
import DocumentStore
import TandemCore
package import Transport
import WireMessages

extension QueryService {
    package var report: PortReport {
        PortReport(
            domain: errorDomain,
            collections: model.collections.map { schema in
                var collection = Tandem_Meta_V1_CollectionDescription()
                collection.name = schema.name
                collection.indexes = schema.indexes.map(\.name)
                return collection
            },
            obstacle: { obstacle(now: .current) },
            troubles: progress.troubles, status: status)
    }

    /// Why there are no answers yet.
    private func obstacle(now: MonotonicTime) -> String? {
        guard let text = building?.text(at: model.store.position, now: now) else { return nil }
        guard let obstacle = progress.obstacle else { return text }
        return "The documents are not whole, and get no further: \(obstacle)"
    }

    /// What the query port answers to `tandem.meta.v1.Meta/Status`.
    private func status(now: MonotonicTime) -> Tandem_Meta_V1_StatusReply {
        var reply = Tandem_Meta_V1_StatusReply()
        reply.role = "read"
        reply.logEpoch = identity.epoch.rawValue
        let position = model.store.position
        reply.readPosition = position.rawValue
        reply.headPosition = max(progress.head, position).rawValue
        reply.stalenessMs = UInt64(progress.staleness(now: now))
        reply.feedConnected = progress.isFeedConnected
        reply.pendingFanOuts = UInt64(clamping: progress.pendingFanOuts)
        if let building, !building.isOver(at: position) {
            reply.buildingUntilPosition = building.target.rawValue
            let left = progress.isMoving ? building.left(at: position, now: now) ?? .zero : .zero
            reply.buildingLeftMs = UInt64(clamping: left.wholeMilliseconds)
        }
        reply.uptimeMs = UInt64(clamping: now.since(startedAt).wholeMilliseconds)
        reply.collections = model.store.statistics().map { statistics in
            var status = Tandem_Meta_V1_CollectionStatus()
            status.name = statistics.name
            status.documents = UInt64(clamping: statistics.documentCount)
            status.rawBytes = UInt64(clamping: statistics.rawByteCount)
            status.storedBytes = UInt64(clamping: statistics.storedByteCount)
            status.memoryBytes = UInt64(clamping: statistics.memoryByteCount)
            return status
        }
        return reply
    }
}
