import DocumentStore
import Projection
import TandemCore
import Testing

struct ProjectionRunnerTests {
    @Test func `events up to the checkpoint are ignored`() throws {
        let bench = Workbench()
        bench.tell("noted", "1|1|first")
        bench.tell("noted", "2|1|second")
        try bench.catchUp()
        let again = try bench.project(bench.log)
        #expect(again.changes.isEmpty)
        #expect(again.eventCount == 0)
        #expect(again.position == LogPosition(rawValue: 2))
        bench.tell("noted", "3|1|third")
        let overlapping = try bench.project(bench.log)
        #expect(overlapping.eventCount == 1)
        #expect(try bench.notes().map(\.id) == [1, 2, 3])
    }

    @Test func `a batch that loads more than it may hold decoded is cut, and the rest follows`()
        throws
    {
        let bench = Workbench(cacheByteCountMax: 0)
        let large = String(repeating: "x", count: 700_000)
        for id in 1...5 { bench.tell("noted", "\(id)|1|\(large)") }
        try bench.catchUp(eventCountMax: 1)
        for id in 1...5 { bench.tell("given", "\(id)|2") }
        let first = try bench.project(bench.log)
        // Three of them are more than 2 MiB.
        #expect(first.eventCount == 3)
        try bench.catchUp()
        #expect(try bench.notes().allSatisfy { $0.owner == 2 })
    }

    @Test func `a document larger than the store takes stops the projection`() throws {
        let bench = Workbench()
        let text = String(repeating: "x", count: StoredBody.byteCountMax)
        bench.tell("noted", "1|1|\(text)")
        let error = #expect(throws: ProjectionError.self) { try bench.catchUp() }
        #expect(error?.description.contains("of \(StoredBody.byteCountMax) at most") == true)
        #expect(try bench.notes().isEmpty)
    }

    @Test func `a document whose index keys are not as declared stops the projection`() throws {
        let bench = Workbench()
        bench.tell("noted", "1|1|narrow")
        let error = #expect(throws: ProjectionError.self) { try bench.catchUp() }
        #expect(error?.description.contains("index keys") == true)
        #expect(try bench.notes().isEmpty)
    }

    @Test func `a stored document under keys of another is not changed, and stops the projection`()
        throws
    {
        let bench = Workbench()
        let stranger = Note(id: 2, owner: 1, text: "of another key")
        let body = try stranger.encoded()
        bench.store.publish(
            [
                DocumentChange(
                    collection: 0, key: DocumentKey(1),
                    content: .put(
                        StoredBody(encoding: .identity, rawByteCount: body.count, bytes: body),
                        indexKeys: stranger.indexKeys()), position: .beginning)
            ], position: .beginning)
        bench.tell("given", "1|7")
        let error = #expect(throws: ProjectionError.self) { try bench.catchUp() }
        #expect(error?.description.contains("keys that are not its own") == true)
    }

    @Test func `a gap is an error and changes nothing`() throws {
        let bench = Workbench()
        for id in 1...4 { bench.tell("noted", "\(id)|1|text") }
        try bench.project(Array(bench.log[..<1]))
        #expect(
            throws: ProjectionError.gap(
                after: LogPosition(rawValue: 1), found: LogPosition(rawValue: 3))
        ) { try bench.project(Array(bench.log[2...])) }
        #expect(
            throws: ProjectionError.gap(
                after: LogPosition(rawValue: 2), found: LogPosition(rawValue: 4))
        ) { try bench.project([bench.log[1], bench.log[3]]) }
        #expect(try bench.notes().map(\.id) == [1])
        try bench.catchUp()
        #expect(try bench.notes().map(\.id) == [1, 2, 3, 4])
    }

    @Test func `an unknown event stops its batch and says what and where`() throws {
        let bench = Workbench()
        bench.tell("noted", "1|1|text")
        bench.tell("folded", "1")
        let error = #expect(throws: ProjectionError.self) { try bench.project(bench.log) }
        #expect(
            error
                == .reduction(
                    .unknownEventType, position: LogPosition(rawValue: 2),
                    stream: StreamID(rawValue: "notes"), type: "folded"))
        #expect(
            error?.description
                == "the event at position 2 (folded, stream notes) can't be projected: "
                + "no reducer knows this type of event")
        #expect(try bench.notes().isEmpty)
        // What the failed batch did is forgotten, and not seen by the next.
        try bench.project([bench.log[0]])
        #expect(try bench.notes().map(\.id) == [1])
    }

    @Test func `a missing document stops its batch`() throws {
        let bench = Workbench()
        bench.tell("given", "7|1")
        #expect(
            throws: ProjectionError.reduction(
                .missingDocument(collection: "notes", key: DocumentKey(7)),
                position: LogPosition(rawValue: 1), stream: StreamID(rawValue: "notes"),
                type: "given")
        ) { try bench.catchUp() }
    }

    @Test func `a document that can't be encoded stops its batch, and the cache forgets it`() throws
    {
        let bench = Workbench()
        bench.tell("noted", "1|1|text")
        bench.tell("checked", "1|1|text")
        try bench.catchUp()
        bench.tell("noted", "1|1|unspeakable")
        #expect(throws: ProjectionError.self) { try bench.catchUp() }
        let rest = RecordedEvent(
            position: LogPosition(rawValue: 3), stream: StreamID(rawValue: "notes"),
            version: StreamVersion(rawValue: 3), type: "checked",
            payload: Array("1|1|text".utf8), recordedAt: Timestamp(microseconds: 0))
        try bench.project([rest])
    }

    @Test func `a document that changes several times in a batch is encoded once`() throws {
        let bench = Workbench()
        for id in 1...50 { bench.tell("noted", "\(id)|1|text") }
        bench.tell("rewritten", "1|other")
        let batch = try bench.project(bench.log)
        #expect(batch.changes.count == 51)
        #expect(Set(batch.changes.map { [UInt8($0.collection)] + $0.key.bytes }).count == 51)
        #expect(try bench.notes().allSatisfy { $0.text == "other" })
    }

    @Test func `changes come in the order of their first cause`() throws {
        let bench = Workbench()
        bench.tell("noted", "9|1|a")
        bench.tell("noted", "3|1|b")
        bench.tell("given", "9|2")
        bench.tell("noted", "5|1|c")
        bench.tell("torn", "3")
        let batch = try bench.project(bench.log)
        #expect(batch.changes.map(\.collection) == [0, 1, 0, 0])
        #expect(
            batch.changes.filter { $0.collection == 0 }.map(\.key)
                == [DocumentKey(9), DocumentKey(3), DocumentKey(5)])
    }
}
