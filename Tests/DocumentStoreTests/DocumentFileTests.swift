import Compression
import Foundation
import GRDB
import TandemCore
import TestSupport
import Testing

@testable import DocumentStore

struct DocumentFileTests {
    let directory = TemporaryDirectory()
    var path: String { directory.path + "/read.sqlite" }
    let epoch = LogEpoch(rawValue: .max - 1)

    func open() throws -> DocumentFile {
        try DocumentFile(path: path, schema: ShopSchema.collections)
    }

    func mark(_ position: UInt64, unfinished: [RecordedEvent] = []) -> FileCheckpoint {
        FileCheckpoint(
            epoch: epoch, position: LogPosition(rawValue: position), unfinished: unfinished)
    }

    /// All documents of a store, in the order of the index, then the notes that were asked for.
    func contents(_ store: DocumentStore) -> [CopiedDocument] {
        store.makeReader().page(ShopSchema.byAmount).documents
    }

    func load() throws -> (store: DocumentStore, checkpoint: FileCheckpoint?) {
        let store = DocumentStore(schema: ShopSchema.collections)
        let checkpoint = try open().load(into: store)
        return (store, checkpoint)
    }

    /// Changes the file behind DocumentFile's back.
    func tamper(_ sql: String) throws {
        try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
    }

    func writeSome() throws {
        let dictionary = CompressionDictionary(bytes: [1, 2, 3])
        try open().write(
            [
                ShopSchema.account(1, owner: 1, amount: 5),
                ShopSchema.account(2, owner: 1, amount: 6, encoding: .dictionary(0)),
                ShopSchema.note(9, []),
            ], dictionaries: [dictionary], checkpoint: mark(7))
    }

    @Test func `documents that take more memory than they may are not loaded and stay in the file`()
        throws
    {
        try writeSome()
        let store = DocumentStore(schema: ShopSchema.collections)
        let need = try load().store.memoryByteCount
        #expect(throws: DocumentFileError.tooLarge(path: path, byteCountMax: need - 1)) {
            _ = try open().load(into: store, memoryByteCountMax: need - 1)
        }
        let whole = DocumentStore(schema: ShopSchema.collections)
        #expect(try open().load(into: whole, memoryByteCountMax: need)?.position.rawValue == 7)
    }

    @Test func `a new file has no checkpoint and loads nothing`() throws {
        #expect(try open().checkpoint() == nil)
        let (store, checkpoint) = try load()
        #expect(checkpoint == nil)
        #expect(store.position == .beginning)
    }

    @Test func `a store that is written batch by batch comes back the same`() throws {
        var generator = SeededGenerator(seed: 61)
        let store = DocumentStore(schema: ShopSchema.collections)
        let file = try open()
        for batch in 1...30 as ClosedRange<UInt64> {
            if batch % 10 == 0 {
                _ = store.addDictionary(CompressionDictionary(bytes: DocumentKey(batch).bytes))
            }
            let changes = (0..<400).map { _ in
                let id = UInt64.random(in: 0..<6_000, using: &generator)
                let amount = UInt64.random(in: 0..<900, using: &generator)
                return amount < 100
                    ? ShopSchema.deletion(id)
                    : ShopSchema.account(
                        id, owner: amount % 7, amount: amount,
                        encoding: batch > 10 ? .dictionary(Int(amount) % 1) : .identity)
            }
            let position = LogPosition(rawValue: batch)
            store.publish(changes, position: position)
            try file.write(
                changes, dictionaries: store.dictionaries, checkpoint: mark(batch))
        }
        try file.close()
        let (loaded, checkpoint) = try load()
        #expect(checkpoint == FileCheckpoint(epoch: epoch, position: store.position))
        #expect(loaded.position == store.position)
        #expect(loaded.dictionaries == store.dictionaries)
        #expect(loaded.dictionaries.count == 3)
        #expect(contents(loaded) == contents(store))
        #expect(!contents(store).isEmpty)
    }

    @Test func `a batch that fails half way leaves the file as it was`() throws {
        try writeSome()
        // The second document of the batch hits a trigger that stands for a crash.
        let file = try open()
        try file.queue.write { database in
            try database.execute(
                sql: """
                    CREATE TEMPORARY TRIGGER crash BEFORE INSERT ON documents
                    WHEN NEW.key = x'0000000000000004' BEGIN SELECT RAISE(ABORT, 'crash'); END
                    """)
        }
        #expect(throws: DocumentFileError.self) {
            try file.write(
                [
                    ShopSchema.account(3), ShopSchema.deletion(1), ShopSchema.account(4),
                    ShopSchema.account(5),
                ],
                dictionaries: [
                    CompressionDictionary(bytes: [1, 2, 3]), CompressionDictionary(bytes: [4]),
                ], checkpoint: mark(8))
        }
        try file.close()
        let (store, checkpoint) = try load()
        #expect(checkpoint?.position == LogPosition(rawValue: 7))
        #expect(contents(store).map(\.number) == [6, 5])
        #expect(store.dictionaries.count == 1)
    }

    @Test func `after a batch that failed, the dictionaries are written with the next`() throws {
        try writeSome()
        let file = try open()
        let dictionaries = [
            CompressionDictionary(bytes: [1, 2, 3]), CompressionDictionary(bytes: [4]),
        ]
        try file.write([], dictionaries: dictionaries, checkpoint: mark(0))
        try file.write([], dictionaries: dictionaries, checkpoint: mark(0))
        try file.close()
        #expect(try load().store.dictionaries == dictionaries)
    }

    @Test func `events whose fan-out is unfinished come back, and go when they are done`() throws {
        let events = [3, 5].map { number in
            RecordedEvent(
                position: LogPosition(rawValue: number), stream: StreamID(rawValue: "user-1"),
                version: StreamVersion(rawValue: .max), type: "renamed", payload: [1, 2],
                metadata: [3], recordedAt: Timestamp(microseconds: -4))
        }
        let file = try open()
        try file.write([], dictionaries: [], checkpoint: mark(6, unfinished: events))
        try file.write([], dictionaries: [], checkpoint: mark(7, unfinished: events))
        #expect(try file.checkpoint() == mark(7, unfinished: events))
        try file.write([], dictionaries: [], checkpoint: mark(8, unfinished: [events[1]]))
        try file.close()
        let reopened = try open()
        #expect(try reopened.checkpoint() == mark(8, unfinished: [events[1]]))
        try reopened.write([], dictionaries: [], checkpoint: mark(8))
        #expect(try reopened.checkpoint() == mark(8))
        try reopened.write([], dictionaries: [], checkpoint: mark(9, unfinished: events))
        try reopened.close()
        try tamper("UPDATE unfinished SET payload = x'09' WHERE position = 5")
        #expect(throws: DocumentFileError.self) { _ = try load() }
    }

    @Test func `a file that is set aside takes its write-ahead log along, to a name that is free`()
        throws
    {
        for round in 1...2 {
            for part in ["", "-wal", "-shm"] {
                try Data("\(round)\(part)".utf8).write(to: URL(fileURLWithPath: path + part))
            }
            let target = try DocumentFile.setAside(path: path, as: "of-9")
            #expect(target == path + (round == 1 ? ".of-9" : ".of-9-2"))
        }
        func text(_ suffix: String) -> String? {
            try? String(contentsOfFile: path + suffix, encoding: .utf8)
        }
        #expect([text(".of-9"), text(".of-9-wal")] == ["1", "1-wal"])
        #expect([text(".of-9-2"), text(".of-9-2-wal")] == ["2", "2-wal"])
        #expect([text(""), text("-wal"), text("-shm")] == [nil, nil, nil])
    }

    @Test func `a second process is told that the file is in use`() throws {
        let first = try open()
        #expect {
            _ = try open()
        } throws: { error in
            guard case .unavailable = error as? DocumentFileError else { return false }
            return "\(error)".contains("in use by another process")
        }
        try first.close()
        _ = try open()
    }

    @Test func `a file for other collections or indexes is refused, and can be set aside`() throws {
        try writeSome()
        let other = [CollectionSchema(name: "accounts", indexes: [])]
        let refusal = #expect(throws: DocumentFileError.self) {
            _ = try DocumentFile(path: path, schema: other)
        }
        #expect(refusal == .otherSchema(path: path))
        #expect(refusal?.setAsideSuffix == "other-schema")
        let text = refusal?.description ?? ""
        #expect(text.contains("Move it away together with its -wal file"))
        #expect(!text.contains("Delete"), "it may be the last copy of something")
        #expect(try DocumentFile.setAside(path: path, as: "old") == path + ".old")
        #expect(try DocumentFile.setAside(path: path, as: "old") == nil)
        #expect(try DocumentFile(path: path, schema: other).checkpoint() == nil)
    }

    @Test func `a file of another format is refused`() throws {
        try writeSome()
        try tamper("UPDATE snapshot SET format = 99")
        #expect(throws: DocumentFileError.otherFormat(path: path, found: 99)) { _ = try open() }
    }

    @Test func `a file of something else is refused and left alone`() throws {
        try tamper("CREATE TABLE theirs (a)")
        let refusal = #expect(throws: DocumentFileError.self) { _ = try open() }
        #expect(refusal == .foreign(path: path))
        #expect(refusal?.setAsideSuffix == nil)
        try tamper("INSERT INTO theirs VALUES (1)")
    }
}
