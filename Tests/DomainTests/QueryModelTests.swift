import TandemCore
import TandemDomain
import TandemTestKit
import TestSupport
import Testing

internal import SwiftProtobuf

/// Every query of every kind of index equals a filter and a sort of all that there is.
struct QueryModelTests {
    private static let owners = ["", "Ada", "ada", String(repeating: "long", count: 100), "Zoë"]
    private static let titles = ["", "a", "ab", "abc", "abd", "b", "ba", "aaaaaaa", "Ä"]
    private static let ranks: [Int64] = [.min, -300, -1, 0, 1, 255, 256, 70_000, .max]

    private let notes: [Sketch_V1_Note]
    private let domain: TestDomain<Notes>

    init() throws {
        var generator = SeededGenerator(seed: .random(in: 0...UInt64.max))
        var notes: [Sketch_V1_Note] = []
        domain = try TestDomain(Notes())
        for id: UInt64 in 1...120 {
            let event = Sketch_V1_NoteAdded.with {
                $0.noteID = id &* 0x9E37_79B9_7F4A_7C15
                $0.title = Self.titles.randomElement(using: &generator) ?? ""
                $0.owner = Self.owners.randomElement(using: &generator) ?? ""
                $0.kind = [.plain, .urgent].randomElement(using: &generator) ?? .plain
                $0.rank = Self.ranks.randomElement(using: &generator) ?? 0
                $0.isOpen = Bool.random(using: &generator)
            }
            notes.append(Sketch_V1_Note(event))
            try domain.given(event)
        }
        self.notes = notes
    }

    @Test func `a listing equals a filter and a sort, in pages of any size and either direction`()
        throws
    {
        var generator = SeededGenerator(seed: .random(in: 0...UInt64.max))
        for _ in 0..<120 {
            let request = Sketch_V1_ListNotes.with {
                switch Int.random(in: 0...3, using: &generator) {
                case 0: $0.owner = Self.owners.randomElement(using: &generator) ?? ""
                case 1: $0.titleStart = Self.titles.randomElement(using: &generator) ?? ""
                case 2: $0.kind = [.plain, .urgent].randomElement(using: &generator) ?? .plain
                default: break
                }
                if $0.titleStart.isEmpty, Bool.random(using: &generator) {
                    $0.fromRank = Self.ranks.randomElement(using: &generator) ?? 0
                }
                if $0.titleStart.isEmpty, Bool.random(using: &generator) {
                    $0.endRank = Self.ranks.randomElement(using: &generator) ?? 0
                }
                $0.isReversed = Bool.random(using: &generator)
                $0.pageSize = [3, 7, 100, 1_000].randomElement(using: &generator) ?? 7
            }
            let found = try domain.list(Sketch.list, request)
            #expect(found.map(\.noteID) == expected(request), "\(request.textFormatString())")
        }
    }

    private func expected(_ request: Sketch_V1_ListNotes) -> [UInt64] {
        var found = notes.filter {
            (!request.hasFromRank || $0.rank >= request.fromRank)
                && (!request.hasEndRank || $0.rank < request.endRank)
        }
        if !request.owner.isEmpty {
            found = found.filter { $0.owner == request.owner }
                .sorted { ($0.rank, $0.noteID) > ($1.rank, $1.noteID) }
        } else if !request.titleStart.isEmpty {
            found = found.filter { $0.title.utf8.starts(with: request.titleStart.utf8) }
                .sorted { left, right in
                    left.title == right.title
                        ? left.noteID < right.noteID
                        : left.title.utf8.lexicographicallyPrecedes(right.title.utf8)
                }
        } else if request.kind != .unspecified {
            found = found.filter { $0.kind == request.kind }
                .sorted {
                    ($0.rank, $0.isOpen ? 0 : 1, $0.noteID)
                        < ($1.rank, $1.isOpen ? 0 : 1, $1.noteID)
                }
        } else {
            found = found.sorted { ($0.rank, $0.noteID) < ($1.rank, $1.noteID) }
        }
        let ids = found.map(\.noteID)
        return request.isReversed ? ids.reversed() : ids
    }

    @Test func `documents asked for by keys come in that order, and no others`()
        throws
    {
        let ids = [notes[3].noteID, 5, notes[1].noteID, notes[3].noteID]
        let found = try domain.list(Sketch.getMany, .with { $0.noteIds = ids })
        #expect(found.map(\.noteID) == [ids[0], ids[2], ids[3]])
        let rejection = #expect(throws: Rejection.self) {
            try domain.list(
                Sketch.getMany, .with { $0.noteIds = [UInt64](repeating: 1, count: 1_001) })
        }
        #expect(rejection?.reason == "TOO_MANY_KEYS")
    }

    @Test func `a text that an index has no room for can't be asked for`() throws {
        let rejection = #expect(throws: Rejection.self) {
            try domain.list(Sketch.list, .with { $0.titleStart = "123456789" })
        }
        #expect(rejection?.reason == "TEXT_TOO_LONG")
        #expect(throws: Rejection.self) { try Sketch_V1_Note.byTitle.matching("12345678") }
        _ = try Sketch_V1_Note.byTitle.matching("1234567")
    }
}

extension QueryModelTests {
    @Test func `below the least value there is nothing, whatever the direction`() throws {
        for isReversed in [false, true] {
            let found = try domain.list(
                Sketch.list,
                .with {
                    $0.owner = "Ada"
                    $0.endRank = .min
                    $0.isReversed = isReversed
                })
            #expect(found.isEmpty)
        }
    }
}

/// Notes that can be listed in every way.
struct Notes: Domain {
    let name = "sketch.v1"
    let methods: [any Method] = [
        Sketch.add, Sketch.renameOwner, Sketch.get, Sketch.list, Sketch.getMany,
    ]
    let events: [any Event.Type] = [Sketch_V1_NoteAdded.self, Sketch_V1_OwnerRenamed.self]
    let retiredEvents: [any RetiredEvent.Type] = [Sketch_V1_OldNoteAdded.self]
    let documents: [any Document.Type] = [Sketch_V1_Note.self]

    var commands: [On<NoTables>] {
        Sketch.adding
        On(Sketch.renameOwner) { request, _, log in
            try log.append(
                Sketch_V1_OwnerRenamed.with {
                    $0.owner = request.owner
                    $0.name = request.name
                })
            return .init()
        }
    }

    var views: [any View] {
        Sketch.added
        UpdateAll(
            Sketch_V1_OwnerRenamed.self, { try Sketch_V1_Note.byOwner.matching($0.owner) },
            change: { note, event in note.ownerName = event.name })
    }

    var queries: [any QueryHandling] {
        Get(Sketch.get, \.noteID)
        GetMany(Sketch.getMany) { $0.noteIds }
        List(Sketch.list) { request in
            let selection: Selection<Sketch_V1_Note>
            if !request.titleStart.isEmpty {
                selection = try Sketch_V1_Note.byTitle.starting(with: request.titleStart)
            } else {
                let ranked =
                    !request.owner.isEmpty
                    ? try Sketch_V1_Note.byOwner.matching(request.owner)
                    : request.kind != .unspecified
                        ? try Sketch_V1_Note.byKind.matching(request.kind)
                        : Sketch_V1_Note.byRank.all
                selection = try ranked.range(
                    from: request.hasFromRank ? request.fromRank : nil,
                    until: request.hasEndRank ? request.endRank : nil)
            }
            return selection.reversed(request.isReversed)
        }
    }
}
