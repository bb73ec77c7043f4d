import Projection
import Synchronization
import TandemCore
import TandemDomain
import TandemTestKit
import Testing
import WriteStore

internal import SwiftProtobuf

/// What commands append, and what deciders make of it.
struct EventTests {
    @Test func `two pairs of ids that differ name different streams`() {
        let texts = ["", "a", "/", "\\", "a/", "/b", "\\/", "a\\", "\\\\/"]
        let names = texts.flatMap { first in
            texts.map { KeyPair(first, $0).description }
        }
        #expect(Set(names).count == texts.count * texts.count)
        #expect(KeyPair(7 as UInt64, 9 as UInt64).description == "7/9")
    }

    @Test func `an event of an old form is read as its successor, by views and deciders`() throws {
        let notes = try TestDomain(Notes())
        try notes.given(
            Sketch_V1_OldNoteAdded.with {
                $0.noteID = 1
                $0.titleAndOwner = "Tea/Ada"
            })
        try notes.then(
            Sketch_V1_Note.with {
                $0.noteID = 1
                $0.title = "Tea"
                $0.owner = "Ada"
                $0.ownerName = "Ada"
                $0.isOpen = true
            })
        let counting = try TestDomain(Counting { try $1.state(of: Sketch.notes, $0) })
        try counting.given(
            Sketch_V1_OldNoteAdded.with {
                $0.noteID = 1
                $0.titleAndOwner = "Tea/Ada"
            })
        #expect(try counting.when(Sketch.add, .with { $0.noteID = 1 }).rejection == nil)
        #expect(counting.domain.seen.withLock { $0 }.map { $0?.title } == ["Tea"])
    }

    @Test func `a change of many documents is in all of them, and in none made later`() throws {
        let notes = try TestDomain(Notes())
        for id: UInt64 in 1...40 {
            try notes.given(
                Sketch_V1_NoteAdded.with { $0.noteID = id; $0.owner = id % 2 == 0 ? "ada" : "bob" })
        }
        try notes.given(Sketch.renameOwner, .with { $0.owner = "ada"; $0.name = "Ada L." })
        try notes.given(Sketch_V1_NoteAdded.with { $0.noteID = 42; $0.owner = "ada" })
        for id: UInt64 in 1...40 {
            #expect(
                try notes.document(Sketch_V1_Note.self, id)?.ownerName
                    == (id % 2 == 0 ? "Ada L." : "bob"))
        }
        #expect(try notes.document(Sketch_V1_Note.self, 42)?.ownerName == "ada")
    }

    @Test func `an event that the domain doesn't list undoes the command`() throws {
        let domain = try TestDomain(
            Counting { id, log in
                try log.append(Sketch_V1_NoteAdded.with { $0.noteID = id })
                try log.append(Sketch_V1_OwnerRenamed.with { $0.owner = "ada" })
                return nil
            })
        let result = try domain.when(Sketch.add, .with { $0.noteID = 1 })
        #expect(result.rejection?.reason == "INTERNAL")
        // A test's author has no server's log to look at.
        #expect(result.rejection?.message.contains("OwnerRenamed, which its domain") == true)
        // Again, too, though a log has it once.
        let again = try domain.when(Sketch.add, .with { $0.noteID = 1 })
        #expect(again.rejection?.message == result.rejection?.message)
        #expect(result.events.isEmpty)
    }

    @Test func `a view that changes a sum by itself stops`() throws {
        var sketch = Sketch()
        sketch.documents.append(Sketch_V1_NoteReply.self)
        sketch.views = [
            When(Sketch_V1_NoteAdded.self) { event, documents in
                try documents.save(Sketch_V1_NoteReply.with { $0.noteID = event.noteID })
            },
            AddUp(Sketch_V1_Note.self, to: Sketch_V1_NoteReply.self) { note in
                guard note.isOpen else { return [] }
                return [.with { $0.noteID = note.noteID }]
            },
        ]
        let domain = try TestDomain(sketch)
        let error = #expect(throws: (any Error).self) {
            try domain.given(Sketch_V1_NoteAdded.with { $0.noteID = 1 })
        }
        #expect("\(error as Any)".contains("is a sum of other documents"))
    }

    @Test func `a version that isn't the expected one is a conflict, and told`() throws {
        let domain = try TestDomain(
            Counting { id, log in
                try log.expect(1, ofStream: "note-\(id)")
                try log.append(Sketch_V1_NoteAdded.with { $0.noteID = id })
                return nil
            })
        try domain.when(Sketch.add, .with { $0.noteID = 1 })
            .thenRejected("VERSION_CONFLICT", .aborted)
        try domain.given(Sketch_V1_NoteAdded.with { $0.noteID = 1 })
        try domain.given(Sketch.add, .with { $0.noteID = 1 })
        let result = try domain.when(Sketch.add, .with { $0.noteID = 1 })
        #expect(result.rejection?.metadata["actual_version"] == "2")
    }

    @Test func `a state is folded from the events, and from no event that was undone`() throws {
        // Appends, looks, and is turned down if the note's number is odd.
        let domain = try TestDomain(
            Counting { id, log in
                try log.append(Sketch_V1_NoteAdded.with { $0.noteID = 1; $0.rank = Int64(id) })
                let state = try log.state(of: Counting.sums, 1 as UInt64)
                if id % 2 == 1 { throw Rejection.refused("ODD", "odd") }
                return state
            })
        for id: UInt64 in 1...600 {
            try domain.when(Sketch.add, .with { $0.noteID = id })
        }
        let sums = domain.domain.seen.withLock { $0 }.map { $0?.rank }
        var sum: Int64 = 0
        #expect(
            sums
                == stride(from: 2 as Int64, through: 600, by: 2).map { number in
                    sum += number
                    return sum
                })
    }
}

extension EventTests {
    @Test func `two deciders of one stream don't read each other's states`() throws {
        let domain = try TestDomain(
            Counting { id, log in
                try log.append(Sketch_V1_NoteAdded.with { $0.noteID = 1; $0.rank = 1 })
                _ = try log.state(of: Counting.sums, 1 as UInt64)
                return try log.state(of: Counting.counts, 1 as UInt64).map { count in
                    .with { $0.rank = Int64(count.version) }
                }
            })
        for _ in 1...50 { try domain.given(Sketch.add, .with { $0.noteID = 1 }) }
        #expect(domain.domain.seen.withLock { $0 }.map { $0?.rank } == (1...50).map { $0 })
    }

    @Test func `a document that a view leaves under another id stops it, and is told`() throws {
        let domain = try TestDomain(Misfiled())
        let error = #expect(throws: (any Error).self) {
            try domain.given(Sketch_V1_NoteAdded.with { $0.noteID = 7 })
        }
        #expect("\(error, default: "")".contains("leaves it with the id 0"))
    }

    @Test func `a number that SQLite has no room for is the caller's mistake`() throws {
        let domain = try TestDomain(
            Tabled<AllTables> { db in _ = try db.parent(UInt64.max) })
        try domain.when(Sketch.add, .init()).thenRejected("NUMBER_TOO_LARGE", .invalidArgument)
    }

    @Test func `a foreign key that is looked at only at the end undoes its own command`() throws {
        let domain = try TestDomain(
            Tabled<AllTables> { db in _ = try db.later(1 as Int64, 99 as Int64) })
        try domain.when(Sketch.add, .init()).thenRejected("INTERNAL")
        let other = try TestDomain(
            Tabled<AllTables> { db in
                try db.later(1 as Int64, 99 as Int64)
                try db.parent(99 as Int64)
            })
        try other.given(Sketch.add, .init())
    }
}

/// Forgets to set a new document's id.
private struct Misfiled: Domain {
    let name = "sketch.v1"
    let methods: [any Method] = []
    let events: [any Event.Type] = [Sketch_V1_NoteAdded.self]
    let documents: [any Document.Type] = [Sketch_V1_Note.self]
    var commands: [On<NoTables>] { [] }
    var views: [any View] {
        When(Sketch_V1_NoteAdded.self) { event, documents in
            try documents.upsert(Sketch_V1_Note.self, event.noteID) { $0.rank += 1 }
        }
    }
    var queries: [any QueryHandling] { [] }
}

/// A domain whose one command does what it is told, and keeps what it has seen.
private final class Counting: Domain {
    typealias Work = @Sendable (UInt64, inout EventLog) throws -> Sketch_V1_Note?

    let name = "sketch.v1"
    let methods: [any Method] = [Sketch.add]
    let events: [any Event.Type] = [Sketch_V1_NoteAdded.self]
    let retiredEvents: [any RetiredEvent.Type] = [Sketch_V1_OldNoteAdded.self]
    let documents: [any Document.Type] = []
    let seen = Mutex<[Sketch_V1_Note?]>([])
    private let work: Work

    /// With a snapshot every few events.
    static let sums = Decider<Sketch_V1_Note>("note", snapshotInterval: 7) {
        Evolve(Sketch_V1_NoteAdded.self) { $0.rank += $1.rank }
    }

    static let counts = Decider<Sketch_V1_NoteReply>("note", snapshotInterval: 7) {
        Evolve(Sketch_V1_NoteAdded.self) { count, _ in count.version += 1 }
    }

    init(_ work: @escaping Work) { self.work = work }

    var commands: [On<NoTables>] {
        On(Sketch.add) { [self] request, _, log in
            let state = try work(request.noteID, &log)
            seen.withLock { $0.append(state) }
            return .init()
        }
    }

    var views: [any View] { Ignore(Sketch_V1_NoteAdded.self) }

    var queries: [any QueryHandling] { [] }
}
