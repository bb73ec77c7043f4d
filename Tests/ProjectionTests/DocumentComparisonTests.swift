import DocumentStore
import Projection
import TandemCore
import Testing

@Suite struct DocumentComparisonTests {
    /// A store as a read server leaves it, with a fan-out under way.
    private func bench() throws -> Workbench {
        let bench = Workbench()
        for id in 1...300 { bench.tell("noted", "\(id)|\(id % 2)|text") }
        bench.tell("torn", "7")
        bench.tell("rewritten", "1|new")
        try bench.catchUp()
        #expect(bench.overlay != nil)
        return bench
    }

    private func comparison(
        _ bench: Workbench, with log: [RecordedEvent]? = nil
    ) throws -> DocumentComparison {
        let comparison = try DocumentComparison(
            of: bench.store,
            at: FileCheckpoint(
                epoch: LogEpoch(rawValue: 1), position: bench.store.position,
                unfinished: bench.overlay?.events ?? []),
            collections: Workbench.types, reducer: NotesReducer())
        let log = log ?? bench.log
        for start in stride(from: 0, to: log.count, by: 100) {
            try comparison.add(Array(log[start..<min(start + 100, log.count)]))
        }
        return comparison
    }

    private func difference(_ comparison: DocumentComparison) -> String {
        let error = #expect(throws: DocumentComparison.Difference.self) {
            try comparison.compare { _, _, _ in false }
        }
        return error?.description ?? ""
    }

    @Test func `documents that the log makes are alike, whatever fan-out is under way`() throws {
        let bench = try bench()
        // Events behind the copy's position don't count.
        bench.tell("noted", "999|1|later")
        #expect(try comparison(bench).compare { _, _, _ in false } == 300)
        try bench.carryOut()
        #expect(try comparison(bench).compare { _, _, _ in false } == 300)
    }

    @Test func `a document that isn't what the log makes of it is named`() throws {
        let bench = try bench()
        var log = bench.log
        log[41] = RecordedEvent(
            position: log[41].position, stream: log[41].stream, version: log[41].version,
            type: "noted", payload: Array("42|0|other".utf8), recordedAt: log[41].recordedAt)
        let comparison = try comparison(bench, with: log)
        #expect(difference(comparison).hasPrefix("notes \(DocumentKey(42)): it is not what"))
        // Where the encodings differ and mean the same, that is no difference.
        #expect(try comparison.compare { _, _, _ in true } == 300)
    }

    @Test func `a document too many and one too few are named`() throws {
        let bench = try bench()
        var log = bench.log
        let torn = log[300]
        log[300] = RecordedEvent(
            position: torn.position, stream: torn.stream, version: torn.version, type: "torn",
            payload: Array("8".utf8), recordedAt: torn.recordedAt)
        let difference = difference(try comparison(bench, with: log))
        #expect(difference == "notes \(DocumentKey(8)): the log makes no such document")
        // The copy has torn a note that the log keeps.
        log[300] = RecordedEvent(
            position: torn.position, stream: torn.stream, version: torn.version, type: "checked",
            payload: Array("7|1|text".utf8), recordedAt: torn.recordedAt)
        #expect(
            self.difference(try comparison(bench, with: log))
                == "notes \(DocumentKey(7)): it is missing")
    }

    @Test func `a log that ends before the copy is not enough`() throws {
        let bench = try bench()
        let difference = difference(try comparison(bench, with: Array(bench.log.dropLast())))
        #expect(difference.contains("reflects position 302, and the log ends at 301"))
    }
}
