import Foundation
import GRDB
import TandemCore
import Testing
import WriteStore

@Suite struct OpeningTests {
    @Test func `a restart keeps epoch, cluster, log and answers`() throws {
        let directory = try TestDirectory()
        let before = try StoreHarness(in: directory)
        _ = before.run(1, NoteStatements.note(1))
        _ = before.run(2, NoteStatements.noteThen(.rejected(refusal)))
        let log = try before.log()
        before.store.shutDown()

        let after = try StoreHarness(in: directory)
        #expect(after.store.epoch == before.store.epoch)
        #expect(after.store.clusterID == before.store.clusterID)
        #expect(after.store.head.rawValue == 1)
        #expect(try after.log() == log)
        #expect(after.run(1, NoteStatements.note(5))?.reply == [1])
        #expect(after.run(2, NoteStatements.note(5))?.reason == "NO_MORE_NOTES")
        #expect(after.run(3, NoteStatements.note(2))?.position.rawValue == 2)
    }

    @Test func `two databases have different epochs and clusters`() throws {
        let (one, two) = (try StoreHarness(), try StoreHarness())
        #expect(one.store.epoch != two.store.epoch)
        #expect(one.store.clusterID != two.store.clusterID)
        #expect(one.store.clusterID.count == 16)
    }

    @Test func `what a killed server had acknowledged is there for the next one`() throws {
        let running = try StoreHarness()
        for id in 1...3 { _ = running.run(UInt64(id), NoteStatements.note(Int64(id))) }
        // The files as a kill would leave them: no checkpoint, the log beside the database.
        let copy = try TestDirectory()
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: running.directory.databasePath + suffix,
                toPath: copy.databasePath + suffix)
        }
        let next = try StoreHarness(in: copy)
        #expect(next.store.head.rawValue == 3)
        #expect(next.run(2, NoteStatements.note(9))?.isReplay == true)
        #expect(next.run(4, NoteStatements.note(4))?.position.rawValue == 4)
    }

    @Test func `a second opener is refused until the first has shut down`() throws {
        let directory = try TestDirectory()
        let first = try StoreHarness(in: directory)
        #expect(throws: WriteStoreError.inUse(path: directory.databasePath)) {
            try StoreHarness(in: directory)
        }
        first.store.shutDown()
        #expect(throws: Never.self) { try StoreHarness(in: directory) }
    }

    @Test func `a schema from a newer release is refused and left alone`() throws {
        let directory = try TestDirectory()
        let newer =
            NoteStatements.migrations + [
                Migration("notes.2", sql: "CREATE TABLE later (id INTEGER) STRICT;")
            ]
        try StoreHarness(in: directory, migrations: newer).store.shutDown()
        let file = try Data(contentsOf: URL(fileURLWithPath: directory.databasePath))
        #expect(throws: WriteStoreError.newerSchema(path: directory.databasePath)) {
            try StoreHarness(in: directory)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: directory.databasePath)) == file)
        #expect(throws: Never.self) { try StoreHarness(in: directory, migrations: newer) }
    }

    @Test func `a migration that was edited after it ran is told, and others are added`() throws {
        let directory = try TestDirectory()
        try StoreHarness(in: directory).store.shutDown()
        let edited = [Migration("notes.1", sql: NoteStatements.migrations[0].sql + " -- more")]
        let error = #expect(throws: WriteStoreError.self) {
            try StoreHarness(in: directory, migrations: edited)
        }
        // What it says besides is advice.
        #expect(error?.description.hasPrefix("the migration notes.1 says something else") == true)
        let more =
            NoteStatements.migrations + [Migration("notes.2", sql: "CREATE TABLE a (b) ;")]
        for _ in 0..<2 {
            let store = try StoreHarness(in: directory, migrations: more).store
            store.shutDown()
        }
        let kept = "SELECT count(*) FROM meta WHERE name LIKE 'migration:%'"
        #expect(try directory.integers(kept) == [2])
    }

    @Test func `a later release migrates and keeps what is there`() throws {
        let directory = try TestDirectory()
        let old = try StoreHarness(in: directory)
        _ = old.run(1, NoteStatements.note(1))
        old.store.shutDown()
        let newer =
            NoteStatements.migrations + [
                Migration("notes.2", sql: "CREATE TABLE later (id INTEGER) STRICT;")
            ]
        let new = try StoreHarness(in: directory, migrations: newer)
        #expect(new.store.head.rawValue == 1)
        #expect(try directory.integers("SELECT count(*) FROM later") == [0])
    }

    @Test func `files that are something else are refused and left alone`() throws {
        let foreign = try TestDirectory()
        let queue = try DatabaseQueue(path: foreign.databasePath)
        try queue.write { try $0.execute(sql: "CREATE TABLE theirs (id INTEGER)") }
        try queue.close()
        let text = try TestDirectory()
        try Data("not a database at all".utf8).write(
            to: URL(fileURLWithPath: text.databasePath))
        for directory in [foreign, text] {
            let url = URL(fileURLWithPath: directory.databasePath)
            let before = try Data(contentsOf: url)
            #expect(throws: WriteStoreError.notATandemDatabase(path: directory.databasePath)) {
                try StoreHarness(in: directory)
            }
            #expect(try Data(contentsOf: url) == before)
        }
    }

    @Test func `a directory that isn't there is named in the error`() throws {
        let error = #expect(throws: WriteStoreError.self) {
            try WriteStore(
                configuration: WriteStoreConfiguration(path: "/nowhere/at/all/write.sqlite"),
                migrations: [],
                environment: WriteStoreEnvironment(log: { _ in }, onFatal: { _ in exit(74) }),
                makeStatements: NoteStatements.init)
        }
        #expect(error?.description.contains("/nowhere/at/all") == true)
    }
}
