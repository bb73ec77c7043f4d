import Compression
import DocumentStore
import OrdersEvents
import OrdersMessages
import Projection
import SwiftProtobuf
import TandemCore
import TandemDomain
import WriteStore

@testable import Orders

/// The order service's read side without a server: a log, a projection, and its store.
final class ReadSide {
    let store: DocumentStore
    private var runner: ProjectionRunner
    private(set) var log: [RecordedEvent] = []

    static let domain = {
        do { return try CheckedDomain(OrdersDomain()) } catch { preconditionFailure("\(error)") }
    }()

    init() {
        let types = Self.domain.documents
        store = DocumentStore(schema: types.map { $0.collection })
        runner = ProjectionRunner(
            store: store, collections: types, reducer: Self.domain.reducer)
    }

    /// A new projection on the same documents, as after a restart.
    func restart() throws {
        let reader = store.makeReader()
        reader.pin()
        let pending = reader.overlay as? FanOutSet
        reader.unpin()
        runner = ProjectionRunner(
            store: store, collections: Self.domain.documents, reducer: Self.domain.reducer,
            pending: pending)
    }

    /// Adds an event to the log; it is not projected yet.
    func tell(_ type: String, _ event: some Message) throws {
        let number = UInt64(log.count) + 1
        log.append(
            RecordedEvent(
                position: LogPosition(rawValue: number), stream: StreamID(rawValue: "test"),
                version: StreamVersion(rawValue: number), type: type,
                payload: try event.serializedBytes(),
                recordedAt: Timestamp(microseconds: Int64(number))))
    }

    /// Projects and publishes what the store lacks, in batches of at most this many events, and a
    /// part of a fan-out after each, as a read server does; until so many are done, or all.
    func catchUp(eventCountMax: Int = 1_000, until countMax: Int = .max) throws {
        let first = Int(store.position.rawValue)
        while store.position.rawValue < UInt64(log.count) {
            let start = Int(store.position.rawValue)
            guard start - first < countMax else { return }
            let batch = try runner.run(
                Array(log[start..<min(start + eventCountMax, log.count)]))
            store.publish(batch.changes, position: batch.position, overlay: batch.overlay)
            guard let part = try runner.runFanOut() else { continue }
            store.publish(part.changes, position: part.position, overlay: part.overlay)
        }
    }

    /// A document's message; `nil` if there is none.
    func get<D: Message>(_ collection: Int, _ id: UInt64) throws -> D? {
        let answer: (messages: [D], nextCursor: [UInt8]) = try execute(
            .get(collection: collection, key: DocumentKey(id)))
        return answer.messages.first
    }

    func order(_ id: UInt64) throws -> Tandem_Orders_V1_Order? { try get(0, id) }
    func user(_ id: UInt64) throws -> Tandem_Orders_V1_User? { try get(1, id) }
    func product(_ id: UInt64) throws -> Tandem_Orders_V1_Product? { try get(2, id) }
    func summary(_ id: UInt64) throws -> Tandem_Orders_V1_UserSummary? { try get(3, id) }

    /// All that a listing answers, page by page.
    func list<Request: PageRequest, Item: Message>(
        _ method: String, _ request: Request, of item: Item.Type = Item.self
    ) throws -> [Item] {
        var request = request
        var items: [Item] = []
        repeat {
            let page = try ask(method, request, of: Item.self)
            items += page.messages
            request.cursor = .init(page.nextCursor)
        } while !request.cursor.isEmpty
        return items
    }

    /// What a query port would answer: the documents, and the next page's cursor.
    func ask<Request: Message, Answer: Message>(
        _ method: String, _ request: Request, of type: Answer.Type = Answer.self
    ) throws -> (messages: [Answer], nextCursor: [UInt8]) {
        try execute(try Self.plan(method, request))
    }

    /// The plan that a query's definition makes of a request.
    static func plan(_ method: String, _ request: some Message) throws -> QueryPlan {
        let name = "tandem.orders.v1.OrderQueries/\(method)"
        guard let query = domain.queries.first(where: { $0.method == name }) else {
            throw UnknownQuery(method: method)
        }
        let bytes: [UInt8] = try request.serializedBytes()
        return try unsafe bytes.withUnsafeBytes { try unsafe query.compile($0) }
    }

    struct UnknownQuery: Error { let method: String }

    private func execute<Answer: Message>(
        _ plan: QueryPlan
    ) throws -> (messages: [Answer], nextCursor: [UInt8]) {
        let reader = store.makeReader()
        reader.pin()
        defer { reader.unpin() }
        var found: [[UInt8]] = []
        var nextCursor: [UInt8] = []
        switch plan {
        case .get(let collection, let key):
            if let stored = reader.document(collection: collection, key: key) {
                found = [try present(stored, collection, reader)]
            }
        case .page(let range, let after, let limit):
            let next = try scan(range, after, limit, reader, into: &found)
            nextCursor = next.map { Cursor.bytes(after: $0, of: range) } ?? []
        case .pageOf(let owner, let range, let after, let limit):
            guard let owned = try range.owned(by: reader.first(owner)?.key, after: after)
            else { break }
            let next = try scan(owned, after, limit, reader, into: &found)
            nextCursor = next.map { Cursor.bytes(after: $0, of: range, owner: owner) } ?? []
        case .first(let range):
            if let stored = reader.first(range) {
                found = [try present(stored, range.collection, reader)]
            }
        case .many(let collection, let keys):
            for key in keys {
                guard let stored = reader.document(collection: collection, key: key) else {
                    continue
                }
                found.append(try present(stored, collection, reader))
            }
        }
        return (try found.map { try Answer(serializedBytes: $0) }, nextCursor)
    }

    private func scan(
        _ range: IndexRange, _ after: DocumentKey?, _ limit: Int, _ reader: DocumentReader,
        into found: inout [[UInt8]]
    ) throws -> DocumentKey? {
        var failure: (any Error)?
        let next = reader.scan(range, after: after, limit: limit) { stored in
            do { found.append(try present(stored, range.collection, reader)) } catch {
                failure = error
            }
            return failure == nil
        }
        if let failure { throw failure }
        return next
    }

    private func present(
        _ document: StoredDocument, _ collection: Int, _ reader: DocumentReader
    ) throws -> [UInt8] {
        var raw = unsafe Array(document.body)
        if document.encoding != .identity {
            raw = try DocumentInflater().inflate(
                raw, rawByteCount: document.rawByteCount,
                dictionary: document.encoding.dictionaryNumber.map { store.dictionaries[$0] })
        }
        guard let overlay = reader.overlay, overlay.covers(document, collection: collection)
        else { return raw }
        return overlay.present(raw, of: document, collection: collection) ?? []
    }
}
