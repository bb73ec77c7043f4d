import Projection
internal import SwiftProtobuf
import TandemCore
import TandemDomain
import WriteStore

/// A small domain whose every part can be replaced by a wrong one.
struct Sketch: Domain {
    let name = "sketch.v1"
    var methods: [any Method] = [Sketch.add, Sketch.get]
    var events: [any Event.Type] = [Sketch_V1_NoteAdded.self]
    var retiredEvents: [any RetiredEvent.Type] = []
    var fileDescriptors: [String] = []
    var documents: [any Document.Type] = [Sketch_V1_Note.self]
    var commands: [On<NoTables>] = [Sketch.adding]
    var replay = Replay<NoTables>.none
    var views: [any View] = [Sketch.added]
    var queries: [any QueryHandling] = [Get(Sketch.get, \.noteID)]

    static let add = Command<Sketch_V1_AddNote, Sketch_V1_NoteReply>("sketch.v1.Notes/Add")
    static let addMany = Command<Sketch_V1_AddNotes, Sketch_V1_AddNotesReply>(
        "sketch.v1.Notes/AddMany")
    static let renameOwner = Command<Sketch_V1_RenameOwner, Sketch_V1_NoteReply>(
        "sketch.v1.Notes/RenameOwner")
    static let get = Query<Sketch_V1_GetNote, Sketch_V1_Note>("sketch.v1.Notes/Get")
    static let list = Listing<Sketch_V1_ListNotes, Sketch_V1_Note>("sketch.v1.Notes/List")
    static let getMany = Listing<Sketch_V1_GetNotes, Sketch_V1_Note>("sketch.v1.Notes/GetMany")

    static let adding = On<NoTables>(Sketch.add) { request, _, log in
        try log.append(Sketch_V1_NoteAdded(request))
        return .with { $0.noteID = request.noteID }
    }
    static let added = When(Sketch_V1_NoteAdded.self) { event, documents in
        try documents.save(Sketch_V1_Note(event))
    }
    static let notes = Decider<Sketch_V1_Note>("note") {
        Evolve(Sketch_V1_NoteAdded.self) { $0 = Sketch_V1_Note($1) }
    }
}

extension Sketch_V1_NoteAdded {
    init(_ request: Sketch_V1_AddNote) {
        self = .with {
            $0.noteID = request.noteID
            $0.title = request.title
            $0.owner = request.owner
            $0.kind = request.kind
            $0.rank = request.rank
            $0.isOpen = request.isOpen
        }
    }
}

extension Sketch_V1_Note {
    init(_ event: Sketch_V1_NoteAdded) {
        self = .with {
            $0.noteID = event.noteID
            $0.title = event.title
            $0.owner = event.owner
            $0.ownerName = event.owner
            $0.kind = event.kind
            $0.rank = event.rank
            $0.isOpen = event.isOpen
        }
    }
}

extension Sketch_V1_Kind: FixedIndexValue, SQLValue {}
extension Sketch_V1_ListNotes: PageRequest {}
extension Sketch_V1_AddNotes: BatchRequest {}
extension Sketch_V1_AddNotePart: BatchPart {}
extension Sketch_V1_AddNotesReply: BatchReply {}
extension Sketch_V1_AddNoteOutcome: BatchOutcome {}
extension Sketch_V1_NoteError: BatchError {}

extension Sketch_V1_NoteAdded: Event {
    static let stream = EventStream("note", \Self.noteID)
}

extension Sketch_V1_OwnerRenamed: Event {
    static let stream = EventStream("owner", \Self.owner)
}

extension Sketch_V1_OldNoteAdded: RetiredEvent {
    static let stream = EventStream("note", \Self.noteID)

    func upcast() -> Sketch_V1_NoteAdded {
        let parts = titleAndOwner.split(separator: "/")
        return .with {
            $0.noteID = noteID
            $0.title = String(parts.first ?? "")
            $0.owner = String(parts.last ?? "")
            $0.isOpen = true
        }
    }
}

extension Sketch_V1_Note: Document {
    static let key = Key(\Self.noteID)
    static let byID = Index<Self>("by_id")
    static let byTitle = Index<Self>("by_title", .ascending(\.title, byteCount: 8))
    static let byOwner = Index<Self>(
        "by_owner", .equal(\.owner), .descending(\.rank), isKeyDescending: true)
    static let byKind = Index<Self>(
        "by_kind", .ascending(\.kind), .ascending(\.rank), .descending(\.isOpen))
    static let byRank = Index<Self>("by_rank", .ascending(\.rank))
    static let byOwnerAndTitle = Index<Self>(
        "by_owner_title", .equal(\.owner), .ascending(\.title, byteCount: 8))
    static let indexes = [byID, byTitle, byOwner, byKind, byRank, byOwnerAndTitle]
}

/// How many notes there are of an id, taken for a total.
extension Sketch_V1_NoteReply: Total {
    static let key = Key(\Self.noteID)
    var isEmpty: Bool { version == 0 }

    mutating func add(_ part: Self, sign: Int64) {
        noteID = part.noteID
        version &+= UInt64(bitPattern: sign) &* part.version
    }
}

/// Of a key that no index has room for.
extension Sketch_V1_Wide: Document {
    static let key = Key(\Self.wideID)
    static let indexes = [Index<Self>("by_text", .ascending(\.text, byteCount: 41))]
}

/// Of a key that is too wide.
extension Sketch_V1_AddNote: Document {
    static let key = Key(\Self.wideKey)
    var wideKey: KeyPair<KeyPair<String, String>, KeyPair<String, String>> {
        let pair = KeyPair(title, title)
        return KeyPair(pair, pair)
    }
}

/// With two indexes of one name.
extension Sketch_V1_GetNote: Document {
    static let key = Key(\Self.noteID)
    static let indexes = [Index<Self>("by_id"), Index<Self>("by_id")]
}

/// What is said of a sketch in which something was changed; `nil`: nothing.
func mistake(_ change: (inout Sketch) -> Void) -> String? {
    var sketch = Sketch()
    change(&sketch)
    do { _ = try CheckedDomain(sketch) } catch { return error.description }
    return nil
}
