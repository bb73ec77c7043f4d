import DocumentStore
import Projection
import TandemCore
import TestSupport
import Testing

/// How many notes an owner has, and the sum of their ids.
private struct OwnerTotal: ProjectedTotal {
    var owner: UInt64 = 0
    var count: Int64 = 0
    var idSum: Int64 = 0

    static let collection = CollectionSchema(
        name: "owner_totals", indexes: [IndexSchema(name: "by_owner", keyByteCount: 8)])

    var documentKey: DocumentKey { DocumentKey(owner) }
    var isEmpty: Bool { count == 0 }

    func indexKeys() -> [DocumentKey] { [documentKey] }

    func encoded() -> [UInt8] { Array("\(owner)|\(count)|\(idSum)".utf8) }

    static func decoded(_ bytes: [UInt8]) throws(DocumentCodecError) -> OwnerTotal {
        let numbers = NotesReducer.parts(bytes).compactMap { Int64($0) }
        guard numbers.count == 3 else { throw DocumentCodecError("it is no total") }
        return OwnerTotal(owner: UInt64(numbers[0]), count: numbers[1], idSum: numbers[2])
    }

    mutating func add(_ part: OwnerTotal, sign: Int64) {
        owner = part.owner
        count &+= sign &* part.count
        idSum &+= sign &* part.idSum
    }
}

/// The notes' reducer with a sum.
private struct SummingReducer: Reducer {
    let summations: [Summation]

    init(_ summation: Summation) { summations = [summation] }

    func reduce(_ event: RecordedEvent, _ documents: DocumentEditor) throws(ReductionError) {
        try NotesReducer().reduce(event, documents)
    }

    func fanOuts(of event: RecordedEvent) throws(ReductionError) -> [FanOut] {
        try NotesReducer().fanOuts(of: event)
    }
}

struct SummationTests {
    private struct Unsummable: Error {}

    private func bench(
        cacheByteCountMax: Int = 1 << 20,
        parts: @escaping @Sendable (Note) throws -> [OwnerTotal] = {
            [OwnerTotal(owner: $0.owner, count: 1, idSum: Int64($0.id))]
        }
    ) -> Workbench {
        Workbench(
            types: Workbench.types + [OwnerTotal.self],
            reducer: SummingReducer(Summation(of: Note.self, parts: parts)),
            cacheByteCountMax: cacheByteCountMax)
    }

    private func totals(_ bench: Workbench) throws -> [OwnerTotal] {
        try bench.stored(collection: 2).map { try OwnerTotal.decoded($0.raw) }
    }

    /// All notes that there are, added up.
    private func expected(_ bench: Workbench) throws -> [OwnerTotal] {
        Dictionary(grouping: try bench.notes(), by: \.owner).map { owner, notes in
            OwnerTotal(
                owner: owner, count: Int64(notes.count),
                idSum: notes.reduce(0) { $0 + Int64($1.id) })
        }.sorted { $0.owner < $1.owner }
    }

    @Test(arguments: [1, 7, 1_000], [0, 2_000, 1 << 20])
    func `totals are the sum over what there is, wherever batches, parts and restarts fall`(
        eventCountMax: Int, cacheByteCountMax: Int
    ) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let bench = bench(cacheByteCountMax: cacheByteCountMax)
        NotesHistory.tell(eventCount: 600, seed: seed, to: bench)
        while bench.store.position.rawValue < 600 {
            let start = Int(bench.store.position.rawValue)
            let end = min(600, start + Int.random(in: 1...eventCountMax, using: &generator))
            try bench.project(Array(bench.log[start..<end]))
            if Bool.random(using: &generator) { try bench.carryOut() }
            if Int.random(in: 0..<10, using: &generator) == 0 { try bench.restart() }
            #expect(try totals(bench) == expected(bench), "seed \(seed), position \(start)")
        }
        #expect(try totals(bench).count > 2)
    }

    @Test func `a total is changed once a batch, and not at all by what makes no difference`()
        throws
    {
        let bench = bench()
        for id in 1...10 { bench.tell("noted", "\(id)|1|text") }
        // Ten notes, the tally of notes, and the total.
        #expect(try bench.project(bench.log).changes.count == 12)
        bench.tell("noted", "3|1|other")
        let again = try bench.project([bench.log[10]])
        #expect(again.changes.map(\.collection).sorted() == [0, 1])
        bench.tell("given", "3|2")
        bench.tell("given", "3|1")
        #expect(try bench.project(Array(bench.log[11...])).changes.map(\.collection) == [0])
    }

    @Test func `a total that nothing is left in is gone`() throws {
        let bench = bench()
        bench.tell("noted", "1|7|text")
        try bench.catchUp()
        #expect(try totals(bench).map(\.owner) == [7])
        bench.tell("given", "1|8")
        try bench.catchUp()
        #expect(try totals(bench).map(\.owner) == [8])
        bench.tell("torn", "1")
        try bench.catchUp()
        #expect(try totals(bench).isEmpty)
        #expect(bench.store.statistics()[2].documentCount == 0)
    }

    @Test func `sums that outgrow their type wrap, and come back`() throws {
        let bench = bench { [OwnerTotal(owner: $0.owner, count: 1, idSum: .max)] }
        for id in 1...3 { bench.tell("noted", "\(id)|1|text") }
        try bench.catchUp()
        for id in 1...2 { bench.tell("torn", "\(id)") }
        try bench.catchUp()
        #expect(try totals(bench) == [OwnerTotal(owner: 1, count: 1, idSum: .max)])
    }

    @Test func `a fan-out that changes what is added stops the projection`() throws {
        let bench = bench { [OwnerTotal(owner: 1, count: Int64($0.text.utf8.count), idSum: 0)] }
        bench.tell("noted", "1|1|text")
        try bench.catchUp()
        bench.tell("underlined", "1")
        try bench.catchUp()
        let error = #expect(throws: ProjectionError.self) { try bench.carryOut() }
        #expect("\(String(describing: error))".contains("what the documents add to a total"))
        #expect("\(String(describing: error))".contains("position 2"))
    }

    @Test func `a document that can't be added up stops the projection, and nothing is changed`()
        throws
    {
        let bench = bench { note in
            guard note.id != 2 else { throw Unsummable() }
            return [OwnerTotal(owner: note.owner, count: 1, idSum: Int64(note.id))]
        }
        bench.tell("noted", "1|1|text")
        bench.tell("noted", "2|1|text")
        let error = #expect(throws: ProjectionError.self) { try bench.catchUp() }
        #expect(
            "\(String(describing: error))".contains("0000000000000002 of notes can't be added up"))
        #expect(try bench.notes().isEmpty)
        // What the failed batch had noted of the first is forgotten.
        try bench.project([bench.log[0]])
        #expect(try totals(bench) == [OwnerTotal(owner: 1, count: 1, idSum: 1)])
    }

    @Test func `a batch ends where its parts would take much memory, and goes on`() throws {
        let bench = bench()
        let text = String(repeating: "x", count: 50 << 10)
        for id in 1...9 { bench.tell("noted", "\(id)|1|\(text)") }
        #expect(try bench.project(bench.log).position == LogPosition(rawValue: 3))
        try bench.catchUp()
        #expect(try totals(bench) == expected(bench))
    }
}

/// How many notes have a text: told apart by its bytes, as keys are.
private struct TextTotal: ProjectedTotal {
    var text = ""
    var count: Int64 = 0

    static let collection = CollectionSchema(
        name: "text_totals", indexes: [IndexSchema(name: "by_text", keyByteCount: 8)])

    var documentKey: DocumentKey {
        DocumentKey(text.utf8.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
    var isEmpty: Bool { count == 0 }

    func indexKeys() -> [DocumentKey] { [documentKey] }

    func encoded() -> [UInt8] { Array("\(text)|\(count)".utf8) }

    static func decoded(_ bytes: [UInt8]) throws(DocumentCodecError) -> TextTotal {
        let parts = NotesReducer.parts(bytes)
        guard parts.count == 2, let count = Int64(parts[1]) else {
            throw DocumentCodecError("it is no total")
        }
        return TextTotal(text: parts[0], count: count)
    }

    mutating func add(_ part: TextTotal, sign: Int64) {
        text = part.text
        count &+= sign &* part.count
    }
}

@Test func `a text that looks the same and has other bytes is another total`() throws {
    let bench = Workbench(
        types: Workbench.types + [TextTotal.self],
        reducer: SummingReducer(
            Summation(of: Note.self) { [TextTotal(text: $0.text, count: 1)] }))
    for text in ["\u{E9}", "e\u{301}", "x"] {
        bench.tell("noted", "1|1|\(text)")
        try bench.catchUp()
        let totals = try bench.stored(collection: 2).map { try TextTotal.decoded($0.raw) }
        #expect(totals.map { Array($0.text.utf8) } == [Array(text.utf8)])
        #expect(totals.map(\.count) == [1])
    }
}
