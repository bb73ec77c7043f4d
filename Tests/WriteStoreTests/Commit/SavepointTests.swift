import Synchronization
import TandemCore
import Testing
import WriteStore

/// Groups run without savepoints until something has to be taken back.
struct SavepointTests {
    /// Counts how often each command's work runs.
    private final class Runs: Sendable {
        private let counts = Mutex<[Int64: Int]>([:])

        func counted(_ id: Int64, _ work: @escaping CommandWork) -> CommandWork {
            { [self] (statements, transaction) throws(CommandFailure) in
                counts.withLock { $0[id, default: 0] += 1 }
                return try work(statements, &transaction)
            }
        }

        func of(_ ids: Int64...) -> [Int] {
            counts.withLock { counts in ids.map { counts[$0] ?? 0 } }
        }
    }

    /// Turned down at once, with nothing done.
    private func refused() -> CommandWork {
        { (_, _) throws(CommandFailure) in throw .rejected(refusal) }
    }

    @Test func `a group runs once if what is turned down has changed nothing`() throws {
        let notes = try StoreHarness()
        let runs = Runs()
        let outcomes = notes.runTogether([
            notes.command(1, runs.counted(1, NoteStatements.note(1))),
            notes.command(2, runs.counted(2, refused())),
            // SQLite takes the failed statement back: there is a note 1 already.
            notes.command(3, runs.counted(3, NoteStatements.note(1))),
            notes.command(4, runs.counted(4, NoteStatements.note(4))),
        ])
        #expect(outcomes.map(\.reason) == [nil, "NO_MORE_NOTES", "INTERNAL", nil])
        #expect(runs.of(1, 2, 3, 4) == [1, 1, 1, 1])
        #expect(try notes.directory.integers("SELECT id FROM notes ORDER BY id") == [1, 4])
    }

    @Test func `it runs again if something has to be taken back, and answers each once`() throws {
        let notes = try StoreHarness()
        let runs = Runs()
        let (early, late) = (CancellationFlag(), CancellationFlag())
        let outcomes = notes.runTogether(
            [
                notes.command(1, runs.counted(1, NoteStatements.note(1)), cancellation: early),
                notes.command(2, runs.counted(2, NoteStatements.note(2)), cancellation: late),
                notes.command(3, runs.counted(3, refused())),
                notes.command(4, runs.counted(4, NoteStatements.noteThen(.rejected(refusal)))),
                notes.command(5, runs.counted(5, NoteStatements.note(5))),
            ], meanwhile: { #expect(early.cancel()) })
        #expect(
            outcomes.map(\.reason) == ["CANCELLED", nil, "NO_MORE_NOTES", "NO_MORE_NOTES", nil])
        #expect(outcomes.map(\.position.rawValue) == [0, 1, 1, 1, 2])
        #expect(runs.of(1, 2, 3, 4, 5) == [0, 2, 2, 2, 1])
        #expect(try notes.directory.integers("SELECT id FROM notes ORDER BY id") == [2, 5])
        #expect(try notes.log().map(\.position.rawValue) == [1, 2])
        // What was turned down is kept, and so is what was done.
        #expect(notes.run(4, NoteStatements.note(9))?.reason == "NO_MORE_NOTES")
        #expect(notes.run(2, NoteStatements.note(9))?.reply == [2])
    }

    @Test func `groups behind one that ran again have savepoints, and run once`() throws {
        let notes = try StoreHarness()
        let runs = Runs()
        for key in 1...3 as ClosedRange<UInt64> {
            let work = NoteStatements.noteThen(.rejected(refusal))
            #expect(notes.run(key, runs.counted(Int64(key), work))?.reason == "NO_MORE_NOTES")
        }
        #expect(runs.of(1, 2, 3) == [2, 1, 1])
        #expect(notes.store.head.rawValue == 0)
    }

    @Test func `they are always on where SQLite doesn't tell of all that was changed`() throws {
        let trigger = Migration(
            "notes.2",
            sql: """
                CREATE TRIGGER noted AFTER INSERT ON notes BEGIN SELECT 1; END;
                """)
        let notes = try StoreHarness(migrations: NoteStatements.migrations + [trigger])
        let runs = Runs()
        let work = NoteStatements.noteThen(.rejected(refusal))
        #expect(notes.run(1, runs.counted(1, work))?.reason == "NO_MORE_NOTES")
        #expect(runs.of(1) == [1])
    }
}
