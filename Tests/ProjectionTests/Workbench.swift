import Compression
import DocumentStore
import Projection
import TandemCore
import Testing

/// A store and its projection, with a log that grows by ``tell(_:_:)``.
final class Workbench {
    let store: DocumentStore
    private(set) var runner: ProjectionRunner
    private(set) var log: [RecordedEvent] = []
    /// What readers have to apply.
    private(set) var overlay: FanOutSet?
    private let cacheByteCountMax: Int
    private let plan: TrainingPlan
    static let types: [any ProjectedDocument.Type] = [Note.self, Tally.self]
    private let types: [any ProjectedDocument.Type]
    private let reducer: any Reducer

    init(
        types: [any ProjectedDocument.Type] = Workbench.types,
        reducer: any Reducer = NotesReducer(), cacheByteCountMax: Int = 1 << 20,
        plan: TrainingPlan = TrainingPlan()
    ) {
        self.types = types
        self.reducer = reducer
        self.cacheByteCountMax = cacheByteCountMax
        self.plan = plan
        store = DocumentStore(schema: types.map { $0.collection })
        runner = ProjectionRunner(
            store: store, collections: types, reducer: reducer,
            cacheByteCountMax: cacheByteCountMax, plan: plan)
    }

    /// Adds an event to the log; it is not projected yet.
    @discardableResult
    func tell(_ type: String, _ payload: String) -> RecordedEvent {
        let number = UInt64(log.count) + 1
        let event = RecordedEvent(
            position: LogPosition(rawValue: number), stream: StreamID(rawValue: "notes"),
            version: StreamVersion(rawValue: number), type: type, payload: Array(payload.utf8),
            recordedAt: Timestamp(microseconds: 0))
        log.append(event)
        return event
    }

    /// Projects and publishes a batch.
    @discardableResult
    func project(_ events: [RecordedEvent]) throws -> ProjectedBatch {
        let batch = try runner.run(events)
        publish(batch)
        return batch
    }

    /// Carries out a part of a fan-out and publishes it; false when none is pending.
    @discardableResult
    func carryOut() throws -> Bool {
        guard let part = try runner.runFanOut() else { return false }
        publish(part)
        return true
    }

    private func publish(_ batch: ProjectedBatch) {
        store.publish(batch.changes, position: batch.position, overlay: batch.overlay)
        overlay = batch.overlay
    }

    /// Projects and publishes what the store lacks, in batches of at most this many events.
    func catchUp(eventCountMax: Int = .max) throws {
        while store.position.rawValue < UInt64(log.count) {
            let start = Int(store.position.rawValue)
            try project(Array(log[start..<min(start + min(eventCountMax, log.count), log.count)]))
        }
    }

    /// A new runner on the same store, as after a restart.
    func restart() throws {
        let pending = try FanOutSet(
            of: overlay?.events ?? [], reducer: reducer, collections: types)
        runner = ProjectionRunner(
            store: store, collections: types, reducer: reducer, pending: pending,
            cacheByteCountMax: cacheByteCountMax, plan: plan)
        store.publish([], position: store.position, overlay: pending)
    }

    /// All notes as a reader sees them, in the order of their index.
    func notes() throws -> [Note] {
        try seen().map { try Note.decoded($0) }
    }

    private func seen() throws -> [[UInt8]] {
        let reader = store.makeReader()
        let bodies = try stored()
        reader.pin()
        defer { reader.unpin() }
        var seen: [[UInt8]] = []
        let range = IndexRange(collection: 0, index: 0, prefix: DocumentKey())
        _ = reader.scan(range, after: nil, limit: .max) { document in
            var raw = bodies[seen.count].raw
            if let overlay = reader.overlay, overlay.covers(document, collection: 0) {
                raw = overlay.present(raw, of: document, collection: 0) ?? []
            }
            seen.append(raw)
            return true
        }
        return seen
    }

    /// All notes' bodies as they are stored, in the order of their index; or those of another
    /// collection.
    func stored(collection: Int = 0) throws -> [(encoding: StoredEncoding, raw: [UInt8])] {
        let reader = store.makeReader()
        reader.pin()
        defer { reader.unpin() }
        var found: [(StoredEncoding, Int, [UInt8])] = []
        let range = IndexRange(collection: collection, index: 0, prefix: DocumentKey())
        _ = reader.scan(range, after: nil, limit: .max) {
            found.append(($0.encoding, $0.rawByteCount, unsafe Array($0.body)))
            return true
        }
        let dictionaries = store.dictionaries
        return try found.map { encoding, rawByteCount, body in
            guard encoding != .identity else { return (encoding, body) }
            let dictionary = encoding.dictionaryNumber.map { dictionaries[$0] }
            return (
                encoding,
                try DocumentInflater().inflate(
                    body, rawByteCount: rawByteCount, dictionary: dictionary)
            )
        }
    }
}
