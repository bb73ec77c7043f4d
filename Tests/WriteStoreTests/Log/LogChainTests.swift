import GRDB
import TandemCore
import Testing

@testable import WriteStore

@Suite struct LogChainTests {
    /// Computed by Python's hashlib from what ``LogChain`` says: a digest is the same in every
    /// release, or what was signed proves nothing any more.
    @Test func `a digest is the SHA-256 of the one before and of all that the event's row holds`() {
        var chain = LogChain(clusterID: Array(0..<16))
        #expect(
            HexText.of(chain.end.digest)
                == "7d259a838763bb62d035b4ea6a42d4de9b22763ebae0a5394be5f5a1b5230a69")
        let first = chain.append(
            RecordedEvent(
                position: LogPosition(rawValue: 1), stream: StreamID(rawValue: "note-1"),
                version: StreamVersion(rawValue: 1), type: "NoteTaken", payload: [1, 2, 3],
                recordedAt: Timestamp(microseconds: 1_700_000_000_000_000)))
        #expect(
            HexText.of(first)
                == "6142c93731541189764f7d9e0150036337007ab0272dbca653129fdac6c435ed")
        let second = chain.append(
            RecordedEvent(
                position: LogPosition(rawValue: 2), stream: StreamID(rawValue: "ä"),
                version: StreamVersion(rawValue: 7), type: "NoteTaken", payload: [],
                metadata: [9], recordedAt: Timestamp(microseconds: -1)))
        #expect(
            HexText.of(second)
                == "14abcb06a86687ce3fc463cc2f8aaef526eac5a3923a49a84c465184158fd818")
        #expect(chain.end == LogEnd(position: LogPosition(rawValue: 2), digest: second))
    }

    @Test func `the chain goes on behind refused commands, undone groups and restarts`() throws {
        let directory = try TestDirectory()
        let notes = try StoreHarness(in: directory)
        _ = notes.run(1, NoteStatements.note(1))
        _ = notes.run(2, NoteStatements.noteThen(.rejected(refusal)))
        // A command that has changed something is taken back: the group runs again.
        _ = notes.runTogether([
            notes.command(3, NoteStatements.note(3)),
            notes.command(4, NoteStatements.noteThen(.rejected(refusal))),
            notes.command(5, NoteStatements.note(5)),
        ])
        notes.store.shutDown()
        let again = try StoreHarness(in: directory)
        _ = again.run(6, NoteStatements.note(6))
        let verifier = try LogVerifier(path: directory.databasePath)
        #expect(try verifier.checkEvents { _ in }.position == LogPosition(rawValue: 4))
        #expect(try verifier.checkEvents { _ in } == verifier.end())
    }

    @Test func `a log that was begun without digests gets those that it would have had`() throws {
        let directory = try TestDirectory()
        let whole = try StoreHarness(in: directory)
        // More than are read at a time.
        for id in 1...1_203 { _ = whole.run(UInt64(id), NoteStatements.note(Int64(id))) }
        _ = whole.run(2_000, NoteStatements.noteThen(.rejected(refusal), 5_000))
        whole.store.shutDown()
        let expected = try LogVerifier(path: directory.databasePath).end()
        // As the releases before had it.
        let queue = try DatabaseQueue(path: directory.databasePath)
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
        let error = #expect(throws: WriteStoreError.self) {
            try LogVerifier(path: directory.databasePath)
        }
        #expect(error?.description.contains("start the server once") == true)
        let notes = try StoreHarness(in: directory)
        let verifier = try LogVerifier(path: directory.databasePath)
        #expect(try verifier.checkEvents { _ in } == expected)
        #expect(try verifier.checkAnswers() == 1_204)
        #expect(notes.run(7, NoteStatements.note(7))?.isReplay == true)
        #expect(notes.run(2_000, NoteStatements.note(9))?.reason == refusal.reason)
    }
}
