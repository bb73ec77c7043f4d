import DocumentStore
import Projection
import TandemCore
import TestSupport
import Testing

struct DocumentEditorTests {
    @Test func `a fan-out meets the stored, the changed, the moved and the deleted as they are`()
        throws
    {
        let bench = Workbench()
        for id in 1...6 { bench.tell("noted", "\(id)|1|text") }
        bench.tell("noted", "7|2|text")
        try bench.catchUp()
        // In one batch: 1 leaves the owner, 7 comes, 2 goes, 8 is new, 3 leaves and comes back.
        bench.tell("given", "1|2")
        bench.tell("given", "7|1")
        bench.tell("torn", "2")
        bench.tell("noted", "8|1|text")
        bench.tell("given", "3|2")
        bench.tell("rewritten", "1|first pass")
        bench.tell("given", "3|1")
        bench.tell("noted", "9|1|text")
        bench.tell("torn", "4")
        bench.tell("rewritten", "1|second pass")
        try bench.catchUp()
        let notes = try bench.notes()
        #expect(notes.filter { $0.owner == 1 }.map(\.id) == [3, 5, 6, 7, 8, 9])
        #expect(notes.filter { $0.owner == 1 }.allSatisfy { $0.text == "second pass" })
        #expect(notes.filter { $0.owner == 2 }.map(\.id) == [1])
        #expect(notes.filter { $0.owner == 2 }.allSatisfy { $0.text == "text" })
    }

    @Test(arguments: [0, 400, 1 << 20])
    func `what is loaded is what was published last, whatever fits into the cache`(
        cacheByteCountMax: Int
    ) throws {
        let bench = Workbench(cacheByteCountMax: cacheByteCountMax)
        for id in 1...20 { bench.tell("noted", "\(id)|1|text") }
        try bench.catchUp()
        for round in 1...5 {
            for id in 1...20 {
                bench.tell("checked", "\(id)|\(round)|text")
                bench.tell("given", "\(id)|\(round + 1)")
                if id % 3 == 0 { try bench.catchUp() }
            }
        }
        try bench.catchUp()
        #expect(try bench.notes().allSatisfy { $0.owner == 6 })
    }

    @Test func `a deleted document is gone for later batches and can come back`() throws {
        let bench = Workbench()
        bench.tell("noted", "1|1|text")
        bench.tell("checked", "1|1|text")
        try bench.catchUp()
        bench.tell("torn", "1")
        try bench.catchUp()
        #expect(try bench.notes().isEmpty)
        let lost = bench.tell("checked", "1|1|text")
        #expect(throws: ProjectionError.self) { try bench.project([lost]) }
        let noted = RecordedEvent(
            position: lost.position, stream: lost.stream, version: lost.version, type: "noted",
            payload: lost.payload, recordedAt: lost.recordedAt)
        try bench.project([noted])
        bench.tell("checked", "1|1|text")
        try bench.project([bench.log[3]])
    }

    @Test func `documents are the same whatever the batches`() throws {
        let seed: UInt64 = 20_170_101
        var expected: [Note]?
        for eventCountMax in [1, 7, 64, 1_000] {
            let bench = Workbench(cacheByteCountMax: 2_000)
            NotesHistory.tell(eventCount: 600, seed: seed, to: bench)
            try bench.catchUp(eventCountMax: eventCountMax)
            let notes = try bench.notes()
            #expect(!notes.isEmpty)
            if let expected { #expect(notes == expected, "seed \(seed)") }
            expected = notes
        }
    }
}

/// A random log that the reducer accepts.
enum NotesHistory {
    static func tell(eventCount: Int, seed: UInt64, to bench: Workbench) {
        var generator = SeededGenerator(seed: seed)
        var alive: [Int] = []
        for number in 1...eventCount {
            let owner = Int.random(in: 1...5, using: &generator)
            let pick = alive.randomElement(using: &generator)
            switch (Int.random(in: 0..<10, using: &generator), pick) {
            case (0, let id?):
                bench.tell("torn", "\(id)")
                alive.removeAll { $0 == id }
            case (1...3, let id?):
                bench.tell("given", "\(id)|\(owner)")
            case (4, _) where Bool.random(using: &generator):
                bench.tell("rewritten", "\(owner)|rewritten by event \(number)")
            case (4, _):
                bench.tell("underlined", "\(owner)")
            default:
                bench.tell("noted", "\(number)|\(owner)|written by event \(number)")
                alive.append(number)
            }
        }
    }
}
