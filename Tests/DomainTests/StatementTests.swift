import Foundation
import TandemCore
import TandemDomain
import TandemTestKit
import Testing
import WriteStore

internal import SwiftProtobuf

/// Statements on a domain's tables.
struct StatementTests {
    @Test func `values of all kinds are read as they were written`() throws {
        let domain = try TestDomain(
            Tabled<AllTables> { db throws in
                try db.insert(
                    7 as Int64, UInt32.max, "Zoë", [1, 2] as [UInt8], true, Sketch_V1_Kind.urgent,
                    Timestamp(microseconds: -1), nil as String?)
                guard let row = try db.row(7 as Int64) else { throw Rejection.notFound("row", "7") }
                #expect(row.0 == UInt32.max && row.1 == "Zoë" && row.2 == [1, 2] && row.3)
                #expect(row.4 == .urgent && row.5 == Timestamp(microseconds: -1) && row.6 == nil)
                #expect(try db.row(8 as Int64) == nil)
                #expect(try db.ids.all() == [7])
                #expect(try db.delete(8 as Int64) == 0)
                #expect(try db.delete(7 as Int64) == 1)
            })
        try domain.given(Sketch.add, .init())
    }

    @Test func `what a constraint is against is told apart from failures`() throws {
        let domain = try TestDomain(
            Tabled<AllTables> { db throws in
                #expect(try db.child.attempt(1 as Int64, 9 as Int64) == .missing)
                #expect(try db.parent.attempt(9 as Int64) == .done)
                #expect(try db.parent.attempt(9 as Int64) == .taken)
                #expect(try db.child.attempt(1 as Int64, 9 as Int64) == .done)
                #expect(throws: StorageError.self) { try db.parent.attempt(nil as Int64?) }
            })
        try domain.given(Sketch.add, .init())
    }

    @Test func `too few values, too many, and one without a place fail the command`() throws {
        let domain = try TestDomain(
            Tabled<AllTables> { db throws in
                #expect(throws: StorageError.self) { try db.child(1 as Int64) }
                #expect(throws: StorageError.self) { try db.parent(1 as Int64, 2 as Int64) }
                #expect(throws: StorageError.self) { try db.parent(UInt64.max) }
                // And the statement can be used again.
                try db.parent(1 as Int64)
            })
        try domain.given(Sketch.add, .init())
    }

    @Test func `a statement that SQLite refuses is told at the start`() {
        #expect(message(Tabled<BrokenTables> { _ in }).contains("no such table: nowhere"))
        #expect(message(Tabled<BrokenTables> { _ in }).contains("SELECT x FROM nowhere"))
        #expect(message(Tabled<DoubleTables> { _ in }).contains("more than one statement"))
        #expect(
            message(Tabled<WrongWidthTables> { _ in }).contains(
                "a row of it has 2 values, and its Select names 1 types"))
    }

    @Test func `a statement that isn't about rows is told at the start`() {
        #expect(message(Tabled<CommittingTables> { _ in }).contains("\"-- Now.\n commit\" can't"))
        #expect(
            message(Tabled<DroppingTables> { _ in }).contains(
                """
                the statement "DROP TABLE parents" can't be used: it is none of SELECT, INSERT, \
                REPLACE, UPDATE, DELETE, WITH and VALUES; tables are made by migrations, and the \
                server begins and ends transactions
                """))
        #expect(message(Tabled<HiddenTables> { _ in }).contains("it is none of SELECT"))
        #expect(message(Tabled<CommentedTables> { _ in }).isEmpty)
    }

    /// Else it would be committed by itself, whatever becomes of the command.
    @Test func `nothing is changed once SQLite has rolled the transaction back`() throws {
        let domain = try TestDomain(
            Tabled<LosingTables> { db throws in
                guard try db.count(0 as Int64) == 0 else { return }
                try db.insert(1 as Int64)
                #expect(try db.insertOrLose.attempt(1 as Int64) == .taken)
                #expect(throws: StorageError.self) { try db.insert(2 as Int64) }
                #expect(throws: StorageError.self) { try db.returning(3 as Int64) }
            })
        let lost = try domain.when(Sketch.add, .init())
        #expect(lost.rejection?.reason == "STORAGE_UNAVAILABLE")
        let check = try domain.when(Sketch.add, .init())
        // It begins anew, since there is no row.
        #expect(check.rejection?.reason == "STORAGE_UNAVAILABLE")
    }

    @Test func `a statement that is used outside of its domain fails`() {
        #expect(throws: StorageError.self) { try AllTables().parent(1 as Int64) }
    }

    private func message(_ domain: some Domain) -> String {
        do { _ = try TestDomain(domain) } catch { return "\(error)" }
        return ""
    }
}

struct AllTables: Tables {
    let insert = Statement("INSERT INTO everything VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
    let row = Select<UInt32, String, [UInt8], Bool, Sketch_V1_Kind, Timestamp, String?>(
        "SELECT number, text, bytes, truth, kind, time, absent FROM everything WHERE id = ?")
    let ids = Select<Int64>("SELECT id FROM everything")
    let delete = Statement("DELETE FROM everything WHERE id = ?")
    let parent = Statement("INSERT INTO parents VALUES (?)")
    let child = Statement("INSERT INTO children VALUES (?, ?)")
    let later = Statement("INSERT INTO later_children VALUES (?, ?)")
}

private struct BrokenTables: Tables {
    let broken = Select<Int64>("SELECT x FROM nowhere")
}

private struct DoubleTables: Tables {
    let double = Statement("DELETE FROM parents; DELETE FROM children")
}

private struct CommittingTables: Tables {
    let commit = Statement("-- Now.\n commit")
}

private struct DroppingTables: Tables {
    let drop = Statement("DROP TABLE parents")
}

/// SQLite's comment ends at the second star with a slash.
private struct HiddenTables: Tables {
    let commit = Statement("/*/ SELECT */ COMMIT")
}

private struct LosingTables: Tables {
    let insert = Statement("INSERT INTO parents VALUES (?)")
    let insertOrLose = Statement("INSERT OR ROLLBACK INTO parents VALUES (?)")
    let returning = Select<Int64>("INSERT INTO parents VALUES (?) RETURNING id")
    let count = Select<Int64>("SELECT count(*) FROM parents WHERE id > ?")
}

private struct CommentedTables: Tables {
    let commented = Statement("/* A */ -- b\n with c AS (VALUES (1)) DELETE FROM parents")
}

private struct WrongWidthTables: Tables {
    let wide = Select<Int64>("SELECT id, number FROM everything")
}

/// A domain whose one command does what it is told with its tables.
struct Tabled<DomainTables: Tables>: Domain {
    let name = "sketch.v1"
    let methods: [any Method] = [Sketch.add]
    let events: [any Event.Type] = []
    let documents: [any Document.Type] = []
    let work: @Sendable (DomainTables) throws -> Void

    init(_ work: @escaping @Sendable (DomainTables) throws -> Void) { self.work = work }

    let migrations = [
        Migration(
            "sketch.1",
            sql: """
                CREATE TABLE everything (
                    id INTEGER PRIMARY KEY, number INTEGER NOT NULL, text TEXT NOT NULL,
                    bytes BLOB NOT NULL, truth INTEGER NOT NULL, kind INTEGER NOT NULL,
                    time INTEGER NOT NULL, absent TEXT
                ) STRICT;
                CREATE TABLE parents (id INTEGER PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;
                CREATE TABLE later_children (
                    id INTEGER PRIMARY KEY,
                    parent INTEGER NOT NULL REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED
                ) STRICT;
                CREATE TABLE children (
                    id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parents (id)
                ) STRICT;
                """)
    ]

    var commands: [On<DomainTables>] {
        On(Sketch.add) { _, db, _ in
            try work(db)
            return .init()
        }
    }

    var views: [any View] { [] }
    var queries: [any QueryHandling] { [] }
}
