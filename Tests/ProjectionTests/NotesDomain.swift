import DocumentStore
import Projection
import TandemCore

/// A note, stored as text: the smallest document that has an index.
struct Note: ProjectedDocument, Equatable {
    var id: UInt64
    var owner: UInt64
    var text: String

    static let collection = CollectionSchema(
        name: "notes", indexes: [IndexSchema(name: "by_owner", keyByteCount: 16)])

    var documentKey: DocumentKey { DocumentKey(id) }

    func indexKeys() -> [DocumentKey] {
        var key = DocumentKey(owner)
        // What a domain may do wrong for some values only.
        if text != "narrow" { key.append(id) }
        return [key]
    }

    func encoded() throws(DocumentCodecError) -> [UInt8] {
        guard text != "unspeakable" else { throw DocumentCodecError("it can't be said") }
        return Array("\(id)|\(owner)|\(text)".utf8)
    }

    static func decoded(_ bytes: [UInt8]) throws(DocumentCodecError) -> Note {
        let parts = NotesReducer.parts(bytes)
        guard parts.count == 3, let id = UInt64(parts[0]), let owner = UInt64(parts[1]) else {
            throw DocumentCodecError("it is not a note")
        }
        return Note(id: id, owner: owner, text: parts[2])
    }
}

/// How many notes there have ever been: one document that nearly every event changes.
struct Tally: ProjectedDocument, Equatable {
    var count: UInt64

    static let collection = CollectionSchema(name: "tally", indexes: [])
    static let key = DocumentKey(1)

    var documentKey: DocumentKey { Self.key }

    func indexKeys() -> [DocumentKey] { [] }

    func encoded() throws(DocumentCodecError) -> [UInt8] { Array("\(count)".utf8) }

    static func decoded(_ bytes: [UInt8]) throws(DocumentCodecError) -> Tally {
        guard let count = UInt64(NotesReducer.parts(bytes)[0]) else {
            throw DocumentCodecError("it is not a tally")
        }
        return Tally(count: count)
    }
}

/// noted id|owner|text · given id|owner · torn id · for all notes of an owner: rewritten
/// owner|text, underlined owner, moved owner (which no fan-out may) ·
/// checked id|owner|text (throws unless the note is exactly so)
struct NotesReducer: Reducer {
    func reduce(
        _ event: RecordedEvent, _ documents: DocumentEditor
    ) throws(ReductionError) {
        let parts = Self.parts(event.payload)
        let id = DocumentKey(UInt64(parts[0]) ?? 0)
        switch event.type {
        case "noted":
            guard let note = try? Note.decoded(event.payload) else {
                throw .malformedPayload("it is not a note")
            }
            try documents.save(note)
            var tally = try documents.load(Tally.self, Tally.key) ?? Tally(count: 0)
            tally.count += 1
            try documents.save(tally)
        case "given":
            var note = try documents.require(Note.self, id)
            note.owner = UInt64(parts[1]) ?? 0
            try documents.save(note)
        case "rewritten", "underlined", "moved": break
        case "torn":
            try documents.delete(Note.self, id)
        case "checked":
            let text = try documents.load(Note.self, id).map { "\($0.id)|\($0.owner)|\($0.text)" }
            guard text.map({ Array($0.utf8) }) == event.payload else {
                throw .contradiction("the note is \(text ?? "torn")")
            }
        default:
            throw .unknownEventType
        }
    }

    func fanOuts(of event: RecordedEvent) throws(ReductionError) -> [FanOut] {
        let parts = Self.parts(event.payload)
        let owner = UInt64(parts[0]) ?? 0
        func ofOwner(_ change: @escaping @Sendable (inout Note) -> Void) -> [FanOut] {
            [FanOut(Note.self, index: 0, prefix: DocumentKey(owner), change: change)]
        }
        switch event.type {
        case "rewritten": return ofOwner { $0.text = parts[1] }
        // Not the same when done twice: shows whether each document gets it once.
        case "underlined": return ofOwner { $0.text += "_" }
        case "moved": return ofOwner { $0.owner += 1 }
        default: return []
        }
    }

    static func parts(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(separator: "|").map(String.init)
    }
}
