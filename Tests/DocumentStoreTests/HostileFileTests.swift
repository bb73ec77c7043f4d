import Compression
import Foundation
import GRDB
import TandemCore
import Testing

@testable import DocumentStore

/// A copy in which somebody has put whatever a column can hold: it is loaded right, or refused as
/// damaged, and never ends the process.
struct HostileFileTests {
    private let directory = TemporaryDirectory(inMemory: true)
    private var path: String { directory.path + "/read.sqlite" }
    private var url: URL { URL(fileURLWithPath: path) }

    private static let tables = ["snapshot", "dictionaries", "documents", "unfinished"]
    static let values = [
        "NULL", "''", "'text'", "x''", "-1", "0", "1", "1.5", "2147483648", "4294967295",
        "9223372036854775807", "-9223372036854775808", "zeroblob(1048576)",
    ]

    /// One account stored in each way, a note, and an unfinished event.
    private func writeSome() throws -> Set<CopiedDocument> {
        let dictionary = CompressionDictionary(bytes: Array("the bytes that all of them have".utf8))
        let raw = Array("the bytes that all of them have, and some more, and some more".utf8)
        let bodies: [(StoredEncoding, [UInt8])] = [
            (.identity, raw), (.zlib, DocumentDeflater(dictionary: nil).deflate(raw)),
            (.dictionary(0), DocumentDeflater(dictionary: dictionary).deflate(raw)),
        ]
        let accounts = bodies.enumerated().map { number, body in
            let plain = ShopSchema.account(UInt64(number), owner: 1, amount: 9)
            guard case .put(_, let indexKeys) = plain.content else { return plain }
            let stored = StoredBody(encoding: body.0, rawByteCount: raw.count, bytes: body.1)
            return DocumentChange(
                collection: plain.collection, key: plain.key,
                content: .put(stored, indexKeys: indexKeys), position: .beginning)
        }
        let changes = accounts + [ShopSchema.note(9, [1, 2])]
        let event = RecordedEvent(
            position: LogPosition(rawValue: 3), stream: StreamID(rawValue: "user-1"),
            version: StreamVersion(rawValue: 2), type: "renamed", payload: [1, 2],
            recordedAt: Timestamp(microseconds: 4))
        let file = try DocumentFile(path: path, schema: ShopSchema.collections)
        try file.write(
            changes, dictionaries: [dictionary],
            checkpoint: FileCheckpoint(
                epoch: LogEpoch(rawValue: 5), position: LogPosition(rawValue: 7),
                unfinished: [event]))
        try file.close()
        return try load()
    }

    /// Loads the file, and reads all that it holds, as a reader does.
    private func load() throws -> Set<CopiedDocument> {
        let store = DocumentStore(schema: ShopSchema.collections)
        let file = try DocumentFile(path: path, schema: ShopSchema.collections)
        _ = try file.load(into: store)
        let documents = store.makeReader().page(ShopSchema.byOwner).documents
        let dictionaries = store.dictionaries
        for dictionary in dictionaries { _ = DocumentDeflater(dictionary: dictionary) }
        for document in documents where document.encoding != .identity {
            // What doesn't inflate is answered with DATA_LOSS.
            _ = try? DocumentInflater().inflate(
                document.bytes, rawByteCount: document.rawByteCount,
                dictionary: document.encoding.dictionaryNumber.map { dictionaries[$0] })
        }
        try file.close()
        return Set(documents)
    }

    /// Lets any column hold anything, which its declaration otherwise forbids; a file that decayed,
    /// or that somebody has written with other means, doesn't ask.
    private func loosen() throws -> [String: String] {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.write { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            try database.execute(sql: "PRAGMA writable_schema = ON")
            try database.execute(
                sql: """
                    UPDATE sqlite_master
                    SET sql = replace(replace(sql, ' NOT NULL', ''), ' CHECK (id = 1)', '')
                    """)
            return Dictionary(
                uniqueKeysWithValues: rows.map { ($0["name"] as String, $0["sql"] as String) })
        }
    }

    /// False if SQLite can't keep that value in that place at all.
    private func put(
        _ value: String, into column: String, of table: String, schema: [String: String],
        fitting: Bool
    ) throws -> Bool {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.writeWithoutTransaction { database in
            let place = table == "documents" ? "key = (SELECT max(key) FROM documents)" : "1"
            do {
                try database.execute(sql: "UPDATE \(table) SET \(column) = \(value) WHERE \(place)")
            } catch {
                return false
            }
            if fitting { try Checksums.fit(database) }
            try database.execute(sql: "PRAGMA writable_schema = ON")
            for (name, sql) in schema {
                try database.execute(
                    sql: "UPDATE sqlite_master SET sql = ? WHERE name = ?", arguments: [sql, name])
            }
            return true
        }
    }

    @Test func `whatever a column holds, nothing traps and no wrong document is loaded`() throws {
        let whole = try writeSome()
        let schema = try loosen()
        let loose = try Data(contentsOf: url)
        let columns = try DatabaseQueue(path: path).read { database in
            try Self.tables.flatMap { table in
                try database.columns(in: table).map { (table, $0.name) }
            }
        }
        #expect(columns.count == 26)
        var (refusedCount, loadedCount) = (0, 0)
        for (table, column) in columns {
            for (value, fitting) in Self.values.flatMap({ [($0, false), ($0, true)] }) {
                try replaceFile(by: loose)
                guard try put(value, into: column, of: table, schema: schema, fitting: fitting)
                else { continue }
                let change = "\(table).\(column) = \(value)\(fitting ? ", checksums fit" : "")"
                do {
                    let loaded = try load()
                    #expect(fitting || loaded.isSubset(of: whole), "\(change)")
                    loadedCount += 1
                } catch let error as DocumentFileError {
                    #expect(error.setAsideSuffix != nil, "\(change): \(error)")
                    refusedCount += 1
                }
            }
        }
        #expect(refusedCount > 300)
        #expect(loadedCount > 20)
    }

    private func replaceFile(by data: Data) throws {
        for ending in ["-wal", "-shm", "-journal"] {
            try? FileManager.default.removeItem(atPath: path + ending)
        }
        try data.write(to: url)
    }

    @Test(arguments: [
        "CREATE TRIGGER t AFTER INSERT ON documents BEGIN DELETE FROM documents; END",
        "CREATE VIEW v AS SELECT * FROM documents",
        "CREATE INDEX i ON documents (body)",
        "CREATE TABLE more (a)", "DROP TABLE unfinished",
        "ALTER TABLE documents ADD COLUMN more",
        "ALTER TABLE documents RENAME COLUMN body TO corpse",
    ])
    func `a file with other tables, or anything that runs by itself, is damaged`(sql: String) throws
    {
        _ = try writeSome()
        try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
        let refusal = #expect(throws: DocumentFileError.self) { _ = try load() }
        #expect(refusal?.setAsideSuffix == "damaged")
    }

    @Test func `a dictionary of no bytes, or of more than zlib looks back at, is damaged`() throws {
        for bytes in ["x''", "zeroblob(32769)"] {
            _ = try writeSome()
            try DatabaseQueue(path: path).write { database in
                try database.execute(sql: "UPDATE dictionaries SET bytes = \(bytes)")
                try Checksums.fit(database)
            }
            let refusal = #expect(throws: DocumentFileError.self) { _ = try load() }
            #expect(refusal?.setAsideSuffix == "damaged")
            _ = try DocumentFile.setAside(path: path, as: "old")
        }
    }

    @Test func `documents without a checkpoint are damaged, not loaded and not kept`() throws {
        for change in ["epoch = NULL, position = NULL", "epoch = NULL", "position = 'x'"] {
            _ = try writeSome()
            try DatabaseQueue(path: path).write {
                try $0.execute(sql: "UPDATE snapshot SET \(change)")
            }
            let refusal = #expect(throws: DocumentFileError.self) { _ = try load() }
            #expect(refusal?.setAsideSuffix == "damaged")
            _ = try DocumentFile.setAside(path: path, as: "old")
        }
    }

    @Test func `a file of documents is its user's alone, whatever the umask`() throws {
        let file = try DocumentFile(path: path, schema: ShopSchema.collections)
        #expect(try modes() == [0o600])
        try file.close()
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o666], ofItemAtPath: directory.path + "/" + name)
        }
        let again = try DocumentFile(path: path, schema: ShopSchema.collections)
        try again.write(
            [ShopSchema.note(1, [])], dictionaries: [],
            checkpoint: FileCheckpoint(
                epoch: LogEpoch(rawValue: 1), position: LogPosition(rawValue: 1)))
        #expect(try modes() == [0o600])
        try again.close()
    }

    private func modes() throws -> Set<Int> {
        let files = FileManager.default
        return Set(
            try files.contentsOfDirectory(atPath: directory.path).compactMap { name in
                try files.attributesOfItem(atPath: directory.path + "/" + name)[.posixPermissions]
                    as? Int
            })
    }

    @Test func `a connection trusts its file no further than it must`() throws {
        let file = try DocumentFile(path: path, schema: ShopSchema.collections)
        let settings = try file.queue.inDatabase { database in
            try ["trusted_schema", "cell_size_check"].map {
                try Int.fetchOne(database, sql: "PRAGMA \($0)")
            }
        }
        #expect(settings == [0, 1])
        // What `defensive` forbids: nothing happens.
        try file.queue.inDatabase { database in
            try database.execute(sql: "PRAGMA writable_schema = ON")
            #expect(throws: DatabaseError.self) {
                try database.execute(sql: "DELETE FROM sqlite_master")
            }
        }
        try file.close()
    }
}
