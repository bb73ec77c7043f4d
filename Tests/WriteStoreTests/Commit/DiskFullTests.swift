import TandemCore
import Testing
import WriteStore

@Suite struct DiskFullTests {
    /// A note with an event that needs pages of its own.
    private func largeNote(_ id: Int64) -> CommandWork {
        { (statements, transaction) throws(CommandFailure) in
            try NoteStatements.take(
                id, parent: nil, payload: [UInt8](repeating: 7, count: 64 << 10), statements,
                &transaction)
            return []
        }
    }

    @Test func `a full disk refuses the whole group, and the writer goes on`() throws {
        let directory = try TestDirectory()
        let notes = try StoreHarness(in: directory) { $0.pageCountMax = 60 }
        #expect(notes.run(1, NoteStatements.note(1))?.reply == [1])
        let refused = notes.runTogether([
            notes.command(2, NoteStatements.note(2)),
            notes.command(3, largeNote(3)),
            notes.command(4, largeNote(4)),
            notes.command(5, largeNote(5)),
            notes.command(6, largeNote(6)),
            notes.command(7, largeNote(7)),
            notes.command(8, NoteStatements.note(8)),
        ])
        for outcome in refused {
            #expect(outcome.reason == "STORAGE_FULL")
            #expect(outcome.isNotProcessed)
            #expect(outcome.retryAfterMilliseconds != nil)
            #expect(outcome.position.rawValue == 1)
        }
        #expect(notes.store.head.rawValue == 1)
        #expect(try notes.log().map(\.position.rawValue) == [1])
        #expect(try directory.integers("SELECT id FROM notes") == [1])

        // What fits is taken, without a gap; what was answered before is still answered.
        #expect(notes.run(2, NoteStatements.note(2))?.position.rawValue == 2)
        #expect(notes.run(1, NoteStatements.note(9))?.isReplay == true)
        notes.store.shutDown()

        // With room again, the refused commands run under the same keys.
        let roomy = try StoreHarness(in: directory)
        #expect(roomy.run(3, largeNote(3))?.position.rawValue == 3)
    }

    /// What a command does that has kept a full disk to itself.
    enum Afterwards: CaseIterable { case rejects, appends, replies }

    /// SQLite then rolls the whole transaction back: what follows would be committed by itself, one
    /// by one.
    @Test(arguments: Afterwards.allCases)
    func `a command that keeps a full disk to itself does no harm`(then: Afterwards) throws {
        let directory = try TestDirectory()
        let notes = try StoreHarness(in: directory) { $0.pageCountMax = 60 }
        #expect(notes.run(1, NoteStatements.note(1))?.reply == [1])
        let silent: CommandWork = { (_, transaction) throws(CommandFailure) in
            // Its first change, and more than there is room for: no count of rows tells of it.
            let payload = [UInt8](repeating: 1, count: 400_000)
            do {
                try transaction.append("Full", payload: payload, to: StreamID(rawValue: "full"))
                Issue.record("there is room for it")
            } catch {
                // As it should be: the handler goes on as if nothing had been.
            }
            switch then {
            case .rejects:
                throw .rejected(refusal)
            case .appends:
                _ = try CommandFailure.onStorageError { () throws(StorageError) in
                    try transaction.append("More", payload: [], to: StreamID(rawValue: "more"))
                }
            case .replies:
                break
            }
            return []
        }
        let outcomes = notes.runTogether([
            notes.command(2, NoteStatements.note(2)), notes.command(3, silent),
            notes.command(4, NoteStatements.note(5)),
        ])
        #expect(outcomes.allSatisfy { $0.isNotProcessed && $0.position.rawValue == 1 })
        #expect(try notes.log().map(\.position.rawValue) == [1])
        #expect(try directory.integers("SELECT id FROM notes") == [1])
        // That of the first command, and of the one that held the writer until all had come.
        #expect(try directory.integers("SELECT position FROM idempotency_keys") == [1, 1])
        #expect(notes.run(5, NoteStatements.note(6))?.position.rawValue == 2)
    }
}
