import Compression
import DocumentStore
import Projection
import TandemCore
import TestSupport
import Testing

struct CompressionOfDocumentsTests {
    private var plan: TrainingPlan {
        var plan = TrainingPlan()
        plan.documentCounts = [50, 200]
        plan.sampleCountMax = 100
        plan.dictionaryByteCountMax = 2_048
        return plan
    }

    private let phrase =
        "a note about what the cat did on that day, and how often the cat did it on that day, "

    @Test func `small documents are stored as they are, larger ones compressed`() throws {
        let bench = Workbench(plan: plan)
        bench.tell("noted", "1|1|short")
        bench.tell("noted", "2|1|" + String(repeating: "long ", count: 40))
        try bench.catchUp()
        #expect(try bench.stored().map(\.encoding) == [.identity, .zlib])
    }

    @Test func `what does not get smaller is stored as it is`() throws {
        let bench = Workbench(plan: plan)
        var generator = SeededGenerator(seed: 11)
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-")
        let noise = (0..<80).map { _ in letters.randomElement(using: &generator) ?? "a" }
        bench.tell("noted", "1|1|" + String(noise))
        try bench.catchUp()
        #expect(try bench.stored().map(\.encoding) == [.identity])
    }

    @Test func `a growing collection gets a dictionary, and older documents stay readable`() throws
    {
        let bench = Workbench(plan: plan)
        for id in 1...60 { bench.tell("noted", "\(id)|1|\(phrase)\(id * 7_919) times") }
        try bench.catchUp(eventCountMax: 10)
        #expect(bench.store.dictionaries.count == 1)
        #expect(try bench.stored().first?.encoding == .zlib)
        #expect(try bench.stored().last?.encoding == .dictionary(0))
        #expect(try bench.notes().map(\.id) == Array(1...60))
        bench.tell("rewritten", "1|\(phrase)always")
        try bench.catchUp()
        while try bench.carryOut() {}
        #expect(try bench.stored().allSatisfy { $0.encoding == .dictionary(0) })
    }

    @Test func `a second dictionary is taken only when it is clearly better`() throws {
        let same = Workbench(plan: plan)
        for id in 1...300 { same.tell("noted", "\(id)|1|\(phrase)\(id * 7_919) times") }
        try same.catchUp(eventCountMax: 10)
        #expect(same.store.dictionaries.count == 1)

        let changed = Workbench(plan: plan)
        let news = "another matter: whom the dog met, where the dog met whom, what whom said, "
        for id in 1...300 {
            changed.tell("noted", "\(id)|1|\(id <= 60 ? phrase : news)\(id * 7_919) times")
        }
        try changed.catchUp(eventCountMax: 10)
        #expect(changed.store.dictionaries.count == 2)
        #expect(
            try Set(changed.stored().map(\.encoding))
                == [.zlib, .dictionary(0), .dictionary(1)])
        #expect(try changed.notes().map(\.id) == Array(1...300))
    }

    @Test func `after a restart the newest dictionary is used on`() throws {
        let bench = Workbench(plan: plan)
        for id in 1...60 { bench.tell("noted", "\(id)|1|\(phrase)\(id * 7_919) times") }
        try bench.catchUp(eventCountMax: 10)
        try bench.restart()
        bench.tell("noted", "61|1|\(phrase)once")
        try bench.catchUp()
        #expect(bench.store.dictionaries.count == 1)
        #expect(try bench.stored().last?.encoding == .dictionary(0))
    }
}
