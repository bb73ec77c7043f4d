import DocumentStore
import Projection
import TandemCore
import TestSupport
import Testing

struct FanOutTests {
    @Test func `a fan-out is seen by readers at once, before any document is rewritten`() throws {
        let bench = Workbench()
        for id in 1...600 { bench.tell("noted", "\(id)|1|text") }
        bench.tell("noted", "601|2|text")
        try bench.catchUp()
        bench.tell("rewritten", "1|new")
        let batch = try bench.project([bench.log[601]])
        #expect(batch.changes.isEmpty)
        #expect(batch.position == LogPosition(rawValue: 602))
        let notes = try bench.notes()
        #expect(notes.count { $0.text == "new" } == 600)
        #expect(notes.last?.text == "text")
        #expect(try bench.stored().allSatisfy { $0.raw.suffix(4) == Array("text".utf8) })
    }

    @Test func `its documents are rewritten in parts, each published as a whole, at one position`()
        throws
    {
        let bench = Workbench()
        for id in 1...600 { bench.tell("noted", "\(id)|1|text") }
        try bench.catchUp()
        bench.tell("underlined", "1")
        try bench.catchUp()
        var partCount = 0
        while try bench.carryOut() {
            partCount += 1
            #expect(bench.store.position == LogPosition(rawValue: 601))
            #expect(try bench.notes().allSatisfy { $0.text == "text_" })
        }
        // 256 at a time.
        #expect(partCount == 3)
        #expect(bench.overlay == nil)
        #expect(try bench.stored().allSatisfy { $0.raw.suffix(5) == Array("text_".utf8) })
    }

    @Test func `a part is bounded by what its documents weigh`() throws {
        let bench = Workbench()
        let text = String(repeating: "x", count: 100 << 10)
        for id in 1...8 { bench.tell("noted", "\(id)|1|\(text)") }
        try bench.catchUp()
        bench.tell("underlined", "1")
        try bench.catchUp()
        let part = try #require(try bench.runner.runFanOut())
        #expect(part.changes.count == 3)
    }

    @Test func `other events go on between the parts, and their documents are up to date`() throws {
        let bench = Workbench()
        for id in 1...600 { bench.tell("noted", "\(id)|1|text") }
        try bench.catchUp()
        bench.tell("underlined", "1")
        try bench.catchUp()
        try bench.carryOut()
        // One that has been rewritten, one that has not, one that comes, one that moves away.
        for id in [1, 600] { bench.tell("checked", "\(id)|1|text_") }
        bench.tell("given", "600|2")
        bench.tell("noted", "601|1|text")
        bench.tell("torn", "599")
        try bench.catchUp()
        while try bench.carryOut() {}
        let notes = try bench.notes()
        #expect(notes.count == 600)
        #expect(notes.filter { $0.id < 600 }.allSatisfy { $0.text == "text_" && $0.owner == 1 })
        #expect(notes.first { $0.id == 600 } == Note(id: 600, owner: 2, text: "text_"))
        #expect(notes.first { $0.id == 601 }?.text == "text")
    }

    @Test func `ten fan-outs over the same documents are one walk`() throws {
        let bench = Workbench()
        for id in 1...600 { bench.tell("noted", "\(id)|1|x") }
        try bench.catchUp()
        for _ in 1...10 { bench.tell("underlined", "1") }
        try bench.catchUp()
        #expect(bench.overlay?.events.count == 10)
        var changeCount = 0
        while let part = try bench.runner.runFanOut() {
            changeCount += part.changes.count
            bench.store.publish(part.changes, position: part.position, overlay: part.overlay)
        }
        #expect(changeCount == 600)
        #expect(try bench.notes().allSatisfy { $0.text == "x" + String(repeating: "_", count: 10) })
    }

    @Test func `fan-outs over few documents share a part`() throws {
        let bench = Workbench()
        for id in 1...100 { bench.tell("noted", "\(id)|\(id)|text") }
        try bench.catchUp()
        // A hundred owners have nothing.
        for owner in 1...200 { bench.tell("underlined", "\(owner)") }
        try bench.catchUp()
        #expect(bench.overlay?.events.count == 200)
        try bench.carryOut()
        #expect(bench.overlay == nil)
        #expect(try bench.stored().allSatisfy { $0.raw.suffix(5) == Array("text_".utf8) })
    }

    @Test func `when too many are pending, a batch ends there and goes on after a part`() throws {
        let bench = Workbench()
        for id in 1...300 { bench.tell("noted", "\(id)|\(id)|text") }
        for owner in 1...300 { bench.tell("underlined", "\(owner)") }
        let first = try bench.project(bench.log)
        #expect(first.position == LogPosition(rawValue: 556))
        #expect(bench.runner.isFullOfFanOuts)
        #expect(try bench.project(bench.log).eventCount == 0)
        while bench.runner.isFullOfFanOuts { try bench.carryOut() }
        let second = try bench.project(bench.log)
        #expect(second.position > first.position)
    }

    @Test func `a restart goes on with what was unfinished, and changes no document twice`()
        throws
    {
        let bench = Workbench()
        for id in 1...600 { bench.tell("noted", "\(id)|1|text") }
        try bench.catchUp()
        bench.tell("underlined", "1")
        try bench.catchUp()
        try bench.carryOut()
        try bench.restart()
        #expect(try bench.notes().allSatisfy { $0.text == "text_" })
        bench.tell("checked", "600|1|text_")
        try bench.catchUp()
        while try bench.carryOut() {}
        #expect(try bench.notes().allSatisfy { $0.text == "text_" })
    }

    @Test func `one that would move documents in an index stops the projection`() throws {
        let bench = Workbench()
        bench.tell("noted", "1|1|text")
        try bench.catchUp()
        bench.tell("moved", "1")
        try bench.catchUp()
        let error = #expect(throws: ProjectionError.self) { try bench.carryOut() }
        #expect("\(String(describing: error))".contains("orders the documents by"))
        #expect("\(String(describing: error))".contains("position 2"))
    }

    @Test func `a document that the same batch has made is changed there, and not again`() throws {
        let bench = Workbench()
        for id in 1...3 { bench.tell("noted", "\(id)|1|text") }
        bench.tell("underlined", "1")
        bench.tell("noted", "4|1|text")
        let batch = try bench.project(bench.log)
        #expect(batch.changes.count == 5)
        while try bench.carryOut() {}
        #expect(try bench.notes().map(\.text) == ["text_", "text_", "text_", "text"])
    }

    @Test func `a failed batch leaves no fan-out behind`() throws {
        let bench = Workbench()
        bench.tell("noted", "1|1|text")
        try bench.catchUp()
        bench.tell("underlined", "1")
        bench.tell("folded", "1")
        #expect(throws: ProjectionError.self) { try bench.catchUp() }
        #expect(!bench.runner.hasFanOuts)
        try bench.project([bench.log[1]])
        #expect(try bench.notes().map(\.text) == ["text_"])
    }

    @Test(arguments: [1, 7, 64, 1_000], [0, 2_000, 1 << 20])
    func `what readers see is the fold of the log, wherever batches, parts and restarts fall`(
        eventCountMax: Int, cacheByteCountMax: Int
    ) throws {
        let seed = UInt64(20_261_126 + eventCountMax)
        var generator = SeededGenerator(seed: seed)
        let bench = Workbench(cacheByteCountMax: cacheByteCountMax)
        NotesHistory.tell(eventCount: 600, seed: seed, to: bench)
        var model = NotesModel()
        while bench.store.position.rawValue < 600 {
            let start = Int(bench.store.position.rawValue)
            let end = min(600, start + Int.random(in: 1...eventCountMax, using: &generator))
            let batch = try bench.project(Array(bench.log[start..<end]))
            for event in bench.log[start..<Int(batch.position.rawValue)] { model.apply(event) }
            for _ in 0..<Int.random(in: 0...2, using: &generator) { try bench.carryOut() }
            if Int.random(in: 0..<10, using: &generator) == 0 { try bench.restart() }
            #expect(try bench.notes() == model.notes, "seed \(seed), position \(batch.position)")
        }
        while try bench.carryOut() {}
        #expect(try bench.stored().map { try Note.decoded($0.raw) } == model.notes, "seed \(seed)")
    }
}

/// The notes as somebody would keep them who has all the time in the world.
private struct NotesModel {
    private var byID: [UInt64: Note] = [:]

    var notes: [Note] { byID.values.sorted { ($0.owner, $0.id) < ($1.owner, $1.id) } }

    mutating func apply(_ event: RecordedEvent) {
        let parts = NotesReducer.parts(event.payload)
        let number = UInt64(parts[0]) ?? 0
        switch event.type {
        case "noted":
            byID[number] = Note(id: number, owner: UInt64(parts[1]) ?? 0, text: parts[2])
        case "given": byID[number]?.owner = UInt64(parts[1]) ?? 0
        case "torn": byID[number] = nil
        default:
            for (id, note) in byID where note.owner == number {
                byID[id]?.text = event.type == "rewritten" ? parts[1] : note.text + "_"
            }
        }
    }
}
