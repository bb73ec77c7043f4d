import Foundation
import GRDB
import TandemCore
import Testing

@testable import WriteStore

/// Starts and stops that a kill, or a disk that takes nothing, cut short.
@Suite struct InterruptedTests {
    private func copy(_ endings: [String], of old: TestDirectory, to new: TestDirectory) throws {
        for ending in endings {
            try FileManager.default.copyItem(
                atPath: old.databasePath + ending, toPath: new.databasePath + ending)
        }
    }

    private func mark(of directory: TestDirectory) throws -> LogMark? {
        LogMark(try String(contentsOfFile: directory.databasePath + ".mark", encoding: .utf8))
    }

    /// What a kill in the midst of a database's very first commit leaves: a header that says whose
    /// it is, and the journal that takes even that back.
    private func killedAtFirstStart() throws -> TestDirectory {
        let directory = try TestDirectory()
        let queue = try DatabaseQueue(path: directory.databasePath)
        try queue.inDatabase {
            try $0.execute(sql: "PRAGMA application_id = \(LogSchema.applicationID)")
        }
        try queue.close()
        // A journal's header (https://www.sqlite.org/fileformat2.html): its magic, no pages, a
        // nonce, a database of 0 pages before, sectors of 512 bytes, pages of 4096.
        var journal = Data([0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7])
        for number in [0, 1, 0, 512, 4_096] as [UInt32] {
            for shift in [24, 16, 8, 0] {
                journal.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        journal.append(Data(count: 4_096 - journal.count))
        try journal.write(to: URL(fileURLWithPath: directory.databasePath + "-journal"))
        return directory
    }

    @Test(arguments: [false, true])
    func `a start that was killed at its first write is made up for by the next`(
        beginsAnew: Bool
    ) throws {
        let directory = try killedAtFirstStart()
        let second = try StoreHarness(in: directory) { $0.beginsAnew = beginsAnew }
        #expect(second.run(1, NoteStatements.note(1))?.reply == [1])
        second.store.shutDown()
        let third = try StoreHarness(in: directory)
        #expect(third.store.head.rawValue == 1)
    }

    @Test func `to begin anew is refused where a log has lost the number in its header`() throws {
        let directory = try TestDirectory()
        let notes = try StoreHarness(in: directory)
        _ = notes.run(1, NoteStatements.note(1))
        notes.store.shutDown()
        let queue = try DatabaseQueue(path: directory.databasePath)
        try queue.inDatabase { try $0.execute(sql: "PRAGMA application_id = 0") }
        try queue.close()
        let error = #expect(throws: WriteStoreError.self) {
            try StoreHarness(in: directory) { $0.beginsAnew = true }
        }
        #expect(
            error == .holdsEvents(path: directory.databasePath, head: LogPosition(rawValue: 1)))
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(!names.contains { $0.contains("set-aside") })
    }

    @Test func `to begin anew sets aside what is no database at all`() throws {
        let directory = try TestDirectory()
        try Data("not a database at all".utf8).write(
            to: URL(fileURLWithPath: directory.databasePath))
        let notes = try StoreHarness(in: directory) { $0.beginsAnew = true }
        #expect(notes.run(1, NoteStatements.note(1))?.reply == [1])
    }

    @Test func `the write-ahead log is kept until a mark says that it isn't needed`() throws {
        let directory = try TestDirectory()
        let notes = try StoreHarness(in: directory)
        _ = notes.run(1, NoteStatements.note(1))
        // In the way of the next mark, as a full disk or a kill would be.
        let obstacle = directory.databasePath + ".mark.new"
        try FileManager.default.createDirectory(
            atPath: obstacle, withIntermediateDirectories: false)
        notes.store.shutDown()
        #expect(try mark(of: directory)?.state == .inUse)
        #expect(try directory.fileBytes("-wal") > 0)
        #expect(notes.lines.all.contains { $0.contains("mark can't be written") })
        try FileManager.default.removeItem(atPath: obstacle)

        let next = try StoreHarness(in: directory)
        #expect(next.store.head.rawValue == 1)
        next.store.shutDown()
        #expect(try mark(of: directory)?.state == .clean)
        #expect(!FileManager.default.fileExists(atPath: directory.databasePath + "-wal"))
    }

    @Test func `a write-ahead log that holds anything at the start is marked as needed at once`()
        throws
    {
        let running = try StoreHarness()
        _ = running.run(1, NoteStatements.note(1))
        // As a kill between the commit and its mark leaves it, or one between mark and cut.
        let killed = try TestDirectory()
        try copy(["", "-wal", ".mark"], of: running.directory, to: killed)
        var mark = try #require(try mark(of: killed))
        mark.state = .clean
        try Data(mark.text.utf8).write(to: URL(fileURLWithPath: killed.databasePath + ".mark"))
        let next = try StoreHarness(in: killed)
        #expect(try self.mark(of: killed)?.state == .inUse)
        #expect(next.run(1, NoteStatements.note(1))?.isReplay == true)

        // Nothing but replays, and another kill: the log that was lost is missed.
        let torn = try TestDirectory()
        try copy(["", ".mark"], of: killed, to: torn)
        #expect(
            throws: WriteStoreError.writeAheadLogLost(
                path: torn.databasePath + "-wal", mark: torn.databasePath + ".mark")
        ) {
            try StoreHarness(in: torn)
        }
    }

    @Test func `a database behind a link starts after a kill`() throws {
        let running = try StoreHarness()
        _ = running.run(1, NoteStatements.note(1))
        let (disk, directory) = (try TestDirectory(), try TestDirectory())
        try copy(["", "-wal"], of: running.directory, to: disk)
        try copy([".mark"], of: running.directory, to: directory)
        try FileManager.default.createSymbolicLink(
            atPath: directory.databasePath, withDestinationPath: disk.databasePath)
        let next = try StoreHarness(in: directory)
        #expect(next.store.head.rawValue == 1)
        next.store.shutDown()

        // And without it, it is missed: what is beside the link is not SQLite's.
        try FileManager.default.removeItem(atPath: directory.databasePath + ".mark")
        try copy([".mark"], of: running.directory, to: directory)
        try copy(["-wal"], of: running.directory, to: directory)
        #expect(
            throws: WriteStoreError.writeAheadLogLost(
                path: disk.databasePath + "-wal", mark: directory.databasePath + ".mark")
        ) {
            try StoreHarness(in: directory)
        }
    }

    @Test func `a folder whose file system can't synchronise folders is no hindrance`() throws {
        // Linux's /proc: EINVAL for the folder and for its parent.
        #expect(throws: Never.self) { try DataFile.synchronizeFolder(of: "/proc/self/mark") }
    }
}
