import TandemCore
import Testing
import WriteStore

@Suite struct EventLogReaderTests {
    @Test func `events come in order after a position, bounded by count`() throws {
        let notes = try StoreHarness()
        for id in 1...5 { _ = notes.run(UInt64(id), NoteStatements.note(Int64(id))) }
        let reader = try EventLogReader(path: notes.directory.databasePath)
        let some = try reader.events(
            after: LogPosition(rawValue: 2), countMax: 2, byteCountMax: 1 << 20)
        #expect(some.map(\.position.rawValue) == [3, 4])
        #expect(some.first?.type == "NoteTaken")
        #expect(some.first?.payload == [1, 2, 3])
        #expect(some.first?.recordedAt == notes.clock.now)
        let beyond = LogPosition(rawValue: .max)
        #expect(try reader.events(after: beyond, countMax: 9, byteCountMax: 9).isEmpty)
    }

    @Test func `a byte limit ends a batch, but never leaves it empty`() throws {
        let notes = try StoreHarness()
        for id in 1...3 { _ = notes.run(UInt64(id), NoteStatements.note(Int64(id))) }
        let reader = try EventLogReader(path: notes.directory.databasePath)
        // Each event counts 6 bytes of stream, 9 of type and 3 of payload.
        for (limit, count) in [(0, 1), (18, 1), (35, 1), (36, 2), (54, 3)] {
            let events = try reader.events(
                after: .beginning, countMax: 9, byteCountMax: limit)
            #expect(events.count == count, "\(limit) bytes")
        }
    }

    @Test func `a reader that is open sees what is committed later`() throws {
        let notes = try StoreHarness()
        let reader = try EventLogReader(path: notes.directory.databasePath)
        #expect(try reader.head() == .beginning)
        _ = notes.run(1, NoteStatements.note(1))
        #expect(try reader.head() == LogPosition(rawValue: 1))
        #expect(
            try reader.events(after: .beginning, countMax: 9, byteCountMax: 999).count == 1)
    }

    @Test func `the write-ahead log starts over although a reader is open`() throws {
        let notes = try StoreHarness { $0.checkpointPageCount = 8 }
        let reader = try EventLogReader(path: notes.directory.databasePath)
        for id in 1...200 {
            _ = notes.run(UInt64(id), NoteStatements.note(Int64(id)))
            _ = try reader.head()
        }
        let pages = try notes.directory.fileBytes("-wal") / 4_096
        // Without checkpoints there would be several pages of each command.
        #expect(pages < 200)
    }
}
