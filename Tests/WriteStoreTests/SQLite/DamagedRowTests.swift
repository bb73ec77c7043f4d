import Foundation
import GRDB
import TandemCore
import Testing
@testable import WriteStore

/// Rows of the write database that nobody has written: who needs them is told which they are, and
/// everybody else is served.
@Suite struct DamagedRowTests {
    /// A store whose database was changed while it was closed. Notes 1 to 3 are in it, in streams
    /// of their own, and a refusal under key 9.
    private func reopened(after sql: String) throws -> StoreHarness {
        let directory = try TestDirectory()
        let before = try StoreHarness(in: directory)
        for id in 1...3 { _ = before.run(UInt64(id), NoteStatements.note(Int64(id))) }
        _ = before.run(9, NoteStatements.noteThen(.rejected(refusal)))
        before.store.shutDown()
        try Tampering(path: directory.databasePath).run(sql)
        return try StoreHarness(in: directory)
    }

    private func failure(_ outcome: CommandOutcome?) -> Rejection? {
        guard case .failure(let rejection) = outcome?.result else { return nil }
        return rejection
    }

    @Test(arguments: ["9223372036854775807", "0", "-1", "'text'", "NULL", "1.5", "x'01'"])
    func `a damaged version fails the commands on its stream, and no others`(version: String) throws
    {
        let notes = try reopened(
            after: "UPDATE events SET version = \(version) WHERE stream = 'note-1'")
        // Note 11 goes to the stream of note 1.
        let refused = failure(notes.run(11, NoteStatements.note(11)))
        #expect(refused?.code == .dataLoss)
        #expect(refused?.reason == "DAMAGED_ROW")
        #expect(refused?.message.contains("events WHERE stream = 'note-1'") == true)
        #expect(refused?.message.contains("version is") == true)
        let other = notes.run(12, NoteStatements.note(12))
        #expect(other?.reply == [12])
        #expect(other?.position.rawValue == 4)
    }

    @Test func `a log whose last position is the last there can be takes no more events`() throws {
        let notes = try reopened(
            after: "UPDATE events SET position = 9223372036854775807 WHERE position = 3")
        let refused = failure(notes.run(4, NoteStatements.note(4)))
        #expect(refused?.code == .dataLoss)
        #expect(refused?.message.contains("no position follows the last") == true)
        #expect(notes.run(1, NoteStatements.note(1))?.isReplay == true)
    }

    @Test(arguments: [
        "payload_digest = x'00'", "payload_digest = 'text'", "status = 70000", "status = -1",
        "status = 14", "status = NULL", "reply = x'ffffffff01'", "reply = 5", "position = -1",
        "position = 9223372036854775807",
    ])
    func `a damaged answer is not given, and its command not run again`(change: String) throws {
        let notes = try reopened(
            after: "UPDATE idempotency_keys SET \(change) WHERE status <> 0")
        for _ in 0..<2 {
            let refused = failure(notes.run(9, NoteStatements.note(9)))
            #expect(refused?.reason == "DAMAGED_ROW")
            #expect(refused?.message.contains("idempotency_keys WHERE key =") == true)
        }
        #expect(notes.run(1, NoteStatements.note(1))?.isReplay == true)
        #expect(notes.run(4, NoteStatements.note(4))?.position.rawValue == 4)
        // However often it is asked for.
        #expect(notes.lines.all.filter { $0.contains("a damaged row") }.count == 1)
    }

    @Test func `answers whose age can't be told are kept, and hold nobody up`() throws {
        for time in ["NULL", "'text'", "1.5", "9223372036854775807", "-9223372036854775808"] {
            let notes = try reopened(after: "UPDATE idempotency_keys SET recorded_at = \(time)")
            #expect(notes.run(4, NoteStatements.note(4))?.position.rawValue == 4, "\(time)")
            #expect(notes.run(5, NoteStatements.note(5))?.position.rawValue == 5, "\(time)")
        }
    }

    @Test(arguments: [
        "stream = x'00'", "version = 0", "version = 'x'", "type = NULL", "payload = 'text'",
        "metadata = 7", "recorded_at = 'now'", "position = 7", "position = 9223372036854775807",
        "type = CAST(x'ff' AS TEXT)", "payload = zeroblob(17000000)",
    ])
    func `the feed reads up to a damaged event, and then says which it is`(change: String) throws {
        let notes = try reopened(after: "UPDATE events SET \(change) WHERE position = 3")
        let reader = try EventLogReader(path: notes.directory.databasePath)
        let good = try reader.events(after: .beginning, countMax: 9, byteCountMax: 1 << 20)
        #expect(good.map(\.position.rawValue) == [1, 2])
        let error = #expect(throws: StorageError.self) {
            try reader.events(
                after: LogPosition(rawValue: 2), countMax: 9, byteCountMax: 1 << 20)
        }
        #expect(error?.kind == .damagedRow)
        #expect(error?.message.contains("position") == true)
    }

    @Test(arguments: [
        "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM events; END",
        "CREATE VIEW v AS SELECT * FROM events",
    ])
    func `a trigger or view that no migration makes stops the start`(sql: String) throws {
        let directory = try TestDirectory()
        try StoreHarness(in: directory).store.shutDown()
        try Tampering(path: directory.databasePath).run(sql)
        let error = #expect(throws: WriteStoreError.self) { try StoreHarness(in: directory) }
        #expect(error?.description.contains("DROP \(sql.split(separator: " ")[1])") == true)
    }

    @Test func `triggers and views of the domain's own migrations are fine`() throws {
        let directory = try TestDirectory()
        let migrations =
            NoteStatements.migrations + [
                Migration(
                    "notes.2",
                    sql: """
                        CREATE TABLE counts (n INTEGER) STRICT;
                        INSERT INTO counts VALUES (0);
                        CREATE TRIGGER t AFTER INSERT ON notes
                            BEGIN UPDATE counts SET n = n + 1; END;
                        CREATE VIEW v AS SELECT n FROM counts;
                        """)
            ]
        for id in Int64(1)...2 {
            let notes = try StoreHarness(in: directory, migrations: migrations)
            #expect(notes.run(UInt64(id), NoteStatements.note(id))?.position.rawValue == UInt64(id))
            notes.store.shutDown()
        }
        #expect(try directory.integers("SELECT n FROM v") == [2])
    }

    @Test func `the same failure is told once in a while, and many different ones not all`() {
        var report = FailureReport()
        let start = ContinuousClock.now
        #expect(report.note("a", now: start) == ["a"])
        #expect(report.note("a", now: start).isEmpty)
        #expect(report.note("b", now: start) == ["b"])
        let many = (0..<100).flatMap { report.note("line \($0)", now: start) }
        #expect(many.count == 30)
        let later = start + .seconds(600)
        #expect(report.note("a", now: later).count == 2)
    }
}

/// Changes a write database behind the server's back, to whatever a file can hold.
struct Tampering {
    let path: String

    /// Types and NOT NULL hold nobody off who writes the file by other means.
    func run(_ sql: String) throws {
        var settings = Configuration()
        settings.foreignKeysEnabled = false
        var queue = try DatabaseQueue(path: path, configuration: settings)
        let tables = try queue.writeWithoutTransaction { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            try database.execute(
                sql: """
                    PRAGMA writable_schema = ON;
                    UPDATE sqlite_master SET sql = replace(
                        replace(replace(sql, ' NOT NULL', ''), 'STRICT, ', ''), ') STRICT', ')')
                        WHERE type = 'table';
                    """)
            return rows.map { ($0["name"] as String, $0["sql"] as String) }
        }
        try queue.close()
        queue = try DatabaseQueue(path: path, configuration: settings)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: sql)
            try database.execute(sql: "PRAGMA writable_schema = ON")
            for (name, sql) in tables {
                try database.execute(
                    sql: "UPDATE sqlite_master SET sql = ? WHERE name = ? AND type = 'table'",
                    arguments: [sql, name])
            }
        }
        try queue.close()
    }
}
