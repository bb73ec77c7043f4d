import Dispatch
import Foundation
import GRDB
import Synchronization
import TandemCore
import Testing

@testable import WriteStore

@Suite struct LogBackupTests {
    private func notes(_ ids: ClosedRange<Int64>, in notes: StoreHarness) {
        for id in ids { _ = notes.run(UInt64(id), NoteStatements.note(id)) }
    }

    private func verified(_ path: String) throws -> LogEnd {
        let verifier = try LogVerifier(path: path)
        _ = try verifier.checkSchema(of: NoteStatements.migrations)
        _ = try verifier.checkStreams()
        _ = try verifier.checkAnswers()
        try verifier.checkFile()
        return try verifier.checkEvents { _ in }
    }

    private func restore(_ backup: String, _ directory: TestDirectory) throws -> [String] {
        try LogBackup.restore(
            backup, to: directory.databasePath, migrations: NoteStatements.migrations,
            now: TestClock().now
        ) { verifier in
            _ = try verifier.checkEvents { _ in }
            _ = try verifier.checkAnswers()
        }.map(\.new)
    }

    @Test func `a backup is one state of the log, while commands go on`() throws {
        let store = try StoreHarness()
        notes(1...200, in: store)
        let target = store.directory.path + "/backup"
        let made = Mutex<Result<LogBackup.Made, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        let path = store.directory.databasePath
        // Slow enough that commands come in between: some 25 steps of a quarter of a second.
        DispatchQueue.global().async {
            let result = Result { () throws in
                try LogBackup.make(of: path, at: target, bytesPerSecondMax: 1 << 20)
            }
            made.withLock { $0 = result }
            done.signal()
        }
        var id: Int64 = 201
        while done.wait(timeout: .now()) == .timedOut {
            #expect(store.run(UInt64(id), NoteStatements.note(id))?.reply != nil)
            id += 1
        }
        let end = try #require(try made.withLock { $0 }?.get().end)
        #expect((200...UInt64(id)).contains(end.position.rawValue))
        #expect(try verified(target) == end)
        #expect(try DatabaseQueue(path: target).read {
            try UInt64.fetchOne($0, sql: "SELECT count(*) FROM notes")
        } == end.position.rawValue)
        // The store's own log has that end, too.
        #expect(try LogVerifier(path: path).end(at: end.position) == end)
        let names = try FileManager.default.contentsOfDirectory(atPath: store.directory.path)
        #expect(!names.contains { $0.hasPrefix("backup.") || $0.hasPrefix("backup-") })
    }

    @Test func `what is there is never written over, and what fails leaves nothing`() throws {
        let store = try StoreHarness()
        let path = store.directory.databasePath
        let target = store.directory.path + "/backup"
        try Data("mine".utf8).write(to: URL(filePath: target))
        for place in [target, store.directory.path + "/none/backup"] {
            #expect(throws: WriteStoreError.self) { try LogBackup.make(of: path, at: place) }
        }
        #expect(try Data(contentsOf: URL(filePath: target)) == Data("mine".utf8))
        #expect(throws: WriteStoreError.self) {
            try LogBackup.make(of: store.directory.path + "/nothing", at: target + "2")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: store.directory.path)
        #expect(!names.contains { $0.contains("unfinished") || $0 == "backup2" })
    }

    @Test func `a restored log goes on where the backup was, under another epoch`() throws {
        let directory = try TestDirectory()
        let before = try StoreHarness(in: directory)
        notes(1...5, in: before)
        let backup = directory.path + "/backup"
        let end = try #require(try LogBackup.make(of: directory.databasePath, at: backup).end)
        notes(6...9, in: before)
        let epoch = before.store.epoch
        #expect(throws: WriteStoreError.inUse(path: directory.databasePath)) {
            try restore(backup, directory)
        }
        before.store.shutDown()
        let aside = try restore(backup, directory)
        #expect(aside.count == 2)
        #expect(aside.allSatisfy { FileManager.default.fileExists(atPath: $0) })
        #expect(try verified(directory.databasePath) == end)
        let after = try StoreHarness(in: directory)
        #expect(after.store.head == LogPosition(rawValue: 5))
        #expect(after.store.epoch != epoch)
        #expect(after.store.clusterID == before.store.clusterID)
        // What was answered before the backup still is; what came behind it isn't known.
        #expect(after.run(5, NoteStatements.note(5))?.isReplay == true)
        #expect(after.run(9, NoteStatements.note(9))?.isReplay == false)
        #expect(after.store.head == LogPosition(rawValue: 6))
        after.store.shutDown()
        _ = try restore(backup, directory)
        #expect(
            try directory.integers("SELECT after_position FROM log_generations ORDER BY number")
                == [0, 5])
        #expect(try StoreHarness(in: directory).store.epoch != after.store.epoch)
    }

    @Test func `a backup that isn't what was committed is not restored, and nothing is changed`()
        throws
    {
        let directory = try TestDirectory()
        let store = try StoreHarness(in: directory)
        notes(1...5, in: store)
        let backup = directory.path + "/backup"
        _ = try LogBackup.make(of: directory.databasePath, at: backup)
        store.store.shutDown()
        for sql in [
            "UPDATE events SET payload = x'00' WHERE position = 3",
            "UPDATE idempotency_keys SET reply = x'00' WHERE position = 3",
        ] {
            let damaged = directory.path + "/damaged"
            try? FileManager.default.removeItem(atPath: damaged)
            try FileManager.default.copyItem(atPath: backup, toPath: damaged)
            try Tampering(path: damaged).run(sql)
            let error = #expect(throws: WriteStoreError.self) { try restore(damaged, directory) }
            #expect(error?.description.contains("a damaged row") == true)
            #expect(try verified(directory.databasePath).position == LogPosition(rawValue: 5))
        }
        #expect(throws: WriteStoreError.self) { try restore(directory.path + "/none", directory) }
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(!names.contains { $0.contains("set-aside") || $0.contains("unfinished") })
    }

    @Test func `a backup of an earlier release is brought up to date`() throws {
        let directory = try TestDirectory()
        let store = try StoreHarness(in: directory)
        notes(1...5, in: store)
        let backup = directory.path + "/backup"
        let end = try #require(try LogBackup.make(of: directory.databasePath, at: backup).end)
        let queue = try DatabaseQueue(path: backup)
        try queue.write {
            try $0.execute(
                sql: """
                    DROP TABLE log_generations;
                    ALTER TABLE events DROP COLUMN digest;
                    ALTER TABLE idempotency_keys DROP COLUMN checksum;
                    DELETE FROM grdb_migrations
                        WHERE identifier IN ('tandem.log.5', 'tandem.log.6');
                    """)
        }
        try queue.close()
        let empty = try TestDirectory()
        #expect(try restore(backup, empty) == [])
        #expect(try LogVerifier(path: empty.databasePath).checkEvents { _ in } == end)
        #expect(try StoreHarness(in: empty).run(5, NoteStatements.note(5))?.isReplay == true)
    }
}
