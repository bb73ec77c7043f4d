import GRDB
import TandemCore
import Testing
import WriteStore

/// A second program that has the write database open, and reads an old state.
private final class OutsideReader {
    private let queue: DatabaseQueue

    init(_ directory: TestDirectory) throws {
        var settings = Configuration()
        settings.readonly = true
        settings.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(path: directory.databasePath, configuration: settings)
        try queue.inDatabase { database in
            try database.execute(sql: "BEGIN")
            _ = try Int64.fetchOne(database, sql: "SELECT count(*) FROM events")
        }
    }

    func leave() throws {
        try queue.inDatabase { try $0.execute(sql: "COMMIT") }
    }
}

@Suite struct LogBoundTests {
    private func makeNotes() throws -> StoreHarness {
        try StoreHarness {
            $0.checkpointPageCount = 16
            $0.logPageCountMax = 256
        }
    }

    @Test func `while a reader holds the log at its bound, commands are refused`()
        throws
    {
        let notes = try makeNotes()
        _ = notes.run(1, NoteStatements.note(1))
        let reader = try OutsideReader(notes.directory)
        var id: Int64 = 1
        var refused: CommandOutcome?
        while refused == nil, id < 200 {
            id += 1
            let outcome = try #require(notes.run(UInt64(id), NoteStatements.note(id)))
            if outcome.reply == nil { refused = outcome }
        }
        #expect(refused?.reason == "WAL_TOO_LARGE")
        #expect(refused?.isNotProcessed == true)
        #expect(refused?.retryAfterMilliseconds == 1_000)
        let head = notes.store.head
        let byteCount = try notes.directory.fileBytes("-wal")
        #expect(byteCount < 300 * 4_120)

        // What was answered is still answered, and nothing else is written.
        #expect(notes.run(2, NoteStatements.note(2))?.isReplay == true)
        for _ in 1...50 {
            #expect(notes.run(UInt64(id), NoteStatements.note(id))?.reason == "WAL_TOO_LARGE")
        }
        #expect(notes.store.head == head)
        #expect(try notes.directory.fileBytes("-wal") == byteCount)

        try reader.leave()
        #expect(notes.run(UInt64(id), NoteStatements.note(id))?.reply != nil)
        for next in id + 1...id + 30 {
            #expect(notes.run(UInt64(next), NoteStatements.note(next))?.reply != nil)
        }
        #expect(try notes.directory.fileBytes("-wal") == byteCount, "it has started over")
    }

    @Test func `the operator is told of each doubling, of the refusals, and of the end, once each`()
        throws
    {
        let notes = try makeNotes()
        _ = notes.run(1, NoteStatements.note(1))
        let reader = try OutsideReader(notes.directory)
        for id in 2...100 as ClosedRange<Int64> {
            _ = notes.run(UInt64(id), NoteStatements.note(id))
        }
        try reader.leave()
        for id in 101...102 as ClosedRange<Int64> {
            _ = notes.run(UInt64(id), NoteStatements.note(id))
        }
        let lines = notes.lines.all
        #expect(lines.count { $0.contains("has grown to") } == 3, "at 64, 128 and 256 pages")
        #expect(lines.count { $0.contains("new commands are refused until") } == 1)
        #expect(lines.count { $0.contains("starts over") } == 1)
    }

    @Test func `an ordinary log says nothing and is never refused`() throws {
        let notes = try makeNotes()
        for id in 1...300 as ClosedRange<Int64> {
            #expect(notes.run(UInt64(id), NoteStatements.note(id))?.reply != nil)
        }
        #expect(notes.lines.all.isEmpty)
    }

    @Test func `another program's write lock refuses a group at once, and it may be tried again`()
        throws
    {
        let notes = try StoreHarness()
        var settings = Configuration()
        settings.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(
            path: notes.directory.databasePath, configuration: settings)
        try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let refused = try #require(notes.run(1, NoteStatements.note(1)))
        #expect(refused.reason == "STORAGE_UNAVAILABLE")
        #expect(refused.isNotProcessed)
        try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
        #expect(notes.run(1, NoteStatements.note(1))?.reply == [1])
        try other.close()
    }
}
