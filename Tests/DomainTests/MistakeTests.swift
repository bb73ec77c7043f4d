import SwiftProtobuf
import TandemCore
import Testing
import WriteStore

@testable import TandemDomain

/// What a domain's author gets wrong is told when a server starts, in one sentence.
struct MistakeTests {
    @Test func `a domain whose parts fit together is served`() throws {
        _ = try CheckedDomain(Sketch())
    }

    @Test func `a range of what is found by equality only`() {
        #expect(
            mistake {
                $0.methods.append(Sketch.list)
                $0.queries.append(
                    List(Sketch.list) { _ in try Sketch_V1_Note.byOwner.range(from: "a") })
            }
                == """
                sketch.v1.Notes/List: by_owner finds its component 1 by equality only (.equal)
                """)
    }

    @Test func `an event that no view handles`() {
        #expect(
            mistake { $0.events.append(Sketch_V1_OwnerRenamed.self) }
                == """
                no view says what becomes of OwnerRenamed; add a When, an UpdateAll or an \
                Ignore(Sketch_V1_OwnerRenamed.self)
                """)
        #expect(
            mistake {
                $0.events.append(Sketch_V1_OwnerRenamed.self)
                $0.views.append(Ignore(Sketch_V1_OwnerRenamed.self))
            } == nil)
    }

    @Test func `a view of an event that isn't listed`() {
        #expect(
            mistake { $0.views.append(Ignore(Sketch_V1_OwnerRenamed.self)) }
                == """
                there is a view of OwnerRenamed, which is not among the domain's events; list it \
                there
                """)
    }

    @Test func `an event that is handled twice, or handled and ignored`() {
        #expect(
            mistake { $0.views.append(Sketch.added) }
                == "NoteAdded has two Whens; put what they do into one")
        #expect(
            mistake { $0.views.append(Ignore(Sketch_V1_NoteAdded.self)) }
                == "NoteAdded is ignored by one view and used by another; take one of them out")
    }

    @Test func `a replay that leaves an event out, has one twice, or one that isn't listed`() {
        let added = Apply<NoTables>(Sketch_V1_NoteAdded.self) { _, _ in }
        let renamed = Apply<NoTables>(ignoring: Sketch_V1_OwnerRenamed.self)
        #expect(
            mistake { $0.replay = Replay(of: ["notes"]) {} }
                == """
                the domain's replay says nothing of NoteAdded; add an Apply, or \
                Apply(ignoring: Sketch_V1_NoteAdded.self)
                """)
        #expect(
            mistake { $0.replay = Replay(of: ["notes"]) { [added, added] } }
                == "the domain's replay has two Applys of NoteAdded; put them into one")
        #expect(
            mistake { $0.replay = Replay(of: ["notes"]) { [added, renamed] } }
                == """
                there is an Apply of OwnerRenamed, which is not among the domain's events; list it \
                there
                """)
        #expect(mistake { $0.replay = Replay(of: ["notes"]) { added } } == nil)
    }

    @Test func `two events of one name`() {
        #expect(
            mistake { $0.events.append(Sketch_V1_NoteAdded.self) }
                == """
                two events of the domain are called NoteAdded in the log; give one of them an \
                eventName of its own, or list it once
                """)
    }

    @Test func `an event of a decider's stream of which the decider says nothing`() {
        let silent = Decider<Sketch_V1_Note>("note") {}
        #expect(
            misfolded(by: silent)
                == """
                the Decider of note says nothing of NoteAdded, which is an event of its streams; \
                add an Evolve, or Evolve(ignoring: Sketch_V1_NoteAdded.self)
                """)
    }

    @Test func `a decider of no stream, of another's event, and of one event twice`() {
        let misspelt = Decider<Sketch_V1_Note>("ntoe") {}
        #expect(
            misfolded(by: misspelt)
                == "there is a Decider of ntoe, and no event is about such a stream; mend its name")
        let foreign = Decider<Sketch_V1_Note>("note") {
            Evolve(Sketch_V1_OwnerRenamed.self) { $0.ownerName = $1.name }
        }
        #expect(
            misfolded(by: foreign)
                == """
                the Decider of note has an Evolve of OwnerRenamed, which is an event of owner; \
                take it out, or mend the stream
                """)
        let doubled = Decider<Sketch_V1_Note>("note") {
            Evolve(ignoring: Sketch_V1_NoteAdded.self)
            Evolve(ignoring: Sketch_V1_NoteAdded.self)
        }
        #expect(
            misfolded(by: doubled)
                == "the Decider of note has two Evolves of NoteAdded; put them into one")
    }

    @Test func `an UpdateAll by what an index cuts off, a range, or another's index`() {
        let other = Index<Sketch_V1_Note>("by_other", .equal(\.owner))
        let selections: [@Sendable (Sketch_V1_OwnerRenamed) throws -> Selection<Sketch_V1_Note>] = [
            { try Sketch_V1_Note.byTitle.matching($0.owner) },
            { try other.matching($0.owner) },
            { _ in try Sketch_V1_Note.byRank.range(from: 1 as Int64) },
        ]
        let mistakes = selections.map { selection in
            mistake {
                $0.events.append(Sketch_V1_OwnerRenamed.self)
                $0.views.append(
                    UpdateAll(Sketch_V1_OwnerRenamed.self, selection) { $0.ownerName = $1.name })
            }
        }
        #expect(
            mistakes == [
                """
                the UpdateAll of OwnerRenamed: an UpdateAll selects by by_title, which cuts texts \
                off; use an index with .equal
                """,
                """
                the UpdateAll of OwnerRenamed: by_other is not among the indexes of Sketch_V1_Note
                """,
                "the UpdateAll of OwnerRenamed: an UpdateAll selects a range of by_rank",
            ])
    }

    @Test func `an UpdateAll by an index that orders by a text further on is no mistake`() {
        #expect(
            mistake {
                $0.events.append(Sketch_V1_OwnerRenamed.self)
                $0.views.append(
                    UpdateAll(
                        Sketch_V1_OwnerRenamed.self,
                        { try Sketch_V1_Note.byOwnerAndTitle.matching($0.owner) },
                        change: { $0.ownerName = $1.name }))
            } == nil)
    }

    @Test func `a total of totals, and one that isn't listed`() {
        let counting = AddUp(Sketch_V1_Note.self) { note in
            [Sketch_V1_NoteReply.with { $0.noteID = note.noteID }]
        }
        #expect(
            mistake {
                $0.documents.append(Sketch_V1_NoteReply.self)
                $0.views.append(counting)
            } == nil)
        #expect(
            mistake { $0.views.append(counting) }
                == """
                Sketch_V1_NoteReply is used, but is not among the domain's documents; list it there
                """)
        #expect(
            mistake {
                $0.documents.append(Sketch_V1_NoteReply.self)
                $0.views += [counting, AddUp(Sketch_V1_NoteReply.self) { [$0] }]
            }
                == """
                an AddUp makes Sketch_V1_NoteReply of Sketch_V1_NoteReply, which is a total \
                itself; add up what that is made of
                """)
    }

    @Test func `a list of what belongs to a document, by an index that doesn't begin with its key`()
    {
        for (index, name) in [
            (Sketch_V1_Note.byTitle, "by_title"), (Sketch_V1_Note.byID, "by_id"),
            (Sketch_V1_Note.byRank, "by_rank"),
        ] {
            let found = mistake {
                $0.methods.append(Sketch.list)
                $0.queries.append(List(Sketch.list, in: index) { _ in Sketch_V1_Note.byID.all })
            }
            #expect(
                found?.hasPrefix("sketch.v1.Notes/List: \(name) ") == true, "\(found ?? "nothing")")
        }
    }

    @Test func `two migrations of one name, and one of Tandem's`() {
        struct Migrated: Domain {
            let name = "sketch.v1"
            let methods: [any Method] = []
            let events: [any Event.Type] = []
            let documents: [any Document.Type] = []
            let migrations: [Migration]
            var commands: [On<NoTables>] { [] }
            var views: [any View] { [] }
            var queries: [any QueryHandling] { [] }
        }
        for names in [["a", "b", "a"], ["tandem.log.9"]] {
            let migrations = names.map { Migration($0, sql: "SELECT 1;") }
            #expect(throws: DomainMistake.self) {
                try CheckedDomain(Migrated(migrations: migrations))
            }
        }
    }

    @Test func `a document that isn't listed`() {
        #expect(
            mistake { $0.documents = [] }
                == """
                Sketch_V1_Note is used, but is not among the domain's documents; list it \
                there
                """)
    }

    @Test func `two documents of one name`() {
        #expect(
            mistake { $0.documents.append(Sketch_V1_Note.self) }
                == """
                two documents of the domain are called Note; give one of them a collectionName of \
                its own
                """)
    }

    @Test func `an index whose keys are too wide`() {
        #expect(
            mistake { $0.documents.append(Sketch_V1_Wide.self) }
                == """
                the keys of the index by_text of Wide have 49 bytes, of 48 at most; shorten a \
                text, or leave a component out
                """)
    }

    @Test func `a document whose key is too wide`() {
        #expect(
            mistake { $0.documents.append(Sketch_V1_AddNote.self) }
                == """
                the keys of the documents AddNote have 64 bytes, of 48 at most; make the key of \
                fewer or shorter parts
                """)
    }

    @Test func `two indexes of one name`() {
        #expect(
            mistake { $0.documents.append(Sketch_V1_GetNote.self) }
                == "GetNote has two indexes of the name by_id; each needs one of its own")
    }

    @Test func `a query that asks an index for what it isn't`() {
        let find = Query<Sketch_V1_GetNote, Sketch_V1_Note>("sketch.v1.Notes/Get")
        #expect(
            mistake {
                $0.queries = [First(find) { try Sketch_V1_Note.byTitle.matching($0.noteID) }]
            }
                == """
                sketch.v1.Notes/Get: by_title is asked for a UInt64, and its component 1 is \
                another type
                """)
        #expect(
            mistake {
                $0.queries = [
                    First(find) { _ in try Sketch_V1_Note.byTitle.matching("a").matching("b") }
                ]
            } == "sketch.v1.Notes/Get: by_title has no component left to select by")
        let other = Index<Sketch_V1_Note>("by_other", .equal(\.owner))
        #expect(
            mistake { $0.queries = [First(find) { _ in other.all }] }
                == """
                sketch.v1.Notes/Get: by_other is not among the indexes of Sketch_V1_Note
                """)
    }

    @Test func `a query that turns an empty request down is no mistake`() {
        #expect(
            mistake {
                $0.queries = [
                    Get(Sketch.get) { _ in throw Rejection.invalid("note_id", "must be there") }
                ]
            } == nil)
    }

    private func misfolded(by decider: Decider<Sketch_V1_Note>) -> String? {
        mistake {
            $0.events.append(Sketch_V1_OwnerRenamed.self)
            $0.views.append(Ignore(Sketch_V1_OwnerRenamed.self))
            $0.commands = [On(Sketch.add, decider, \.noteID) { _, _, _ in .init() }]
        }
    }
}
