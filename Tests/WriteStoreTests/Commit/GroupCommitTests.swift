import Foundation
import TandemCore
import Testing
import WriteStore

@Suite struct GroupCommitTests {
    @Test func `positions have no gap after commands that were turned down or failed`() throws {
        let notes = try StoreHarness()
        let broken = StorageError(code: 1, message: "no such table: secret")
        let outcomes = notes.runTogether([
            notes.command(1, NoteStatements.note(1)),
            notes.command(2, NoteStatements.noteThen(.rejected(refusal))),
            notes.command(3, NoteStatements.note(2)),
            notes.command(4, NoteStatements.noteThen(.storage(broken))),
            notes.command(5, NoteStatements.note(3)),
        ])
        #expect(outcomes.map(\.position.rawValue) == [1, 1, 2, 2, 3])
        #expect(outcomes.map(\.reason) == [nil, "NO_MORE_NOTES", nil, "INTERNAL", nil])
        #expect(try notes.log().map(\.position.rawValue) == [1, 2, 3])
        #expect(notes.store.head.rawValue == 3)
        #expect(try notes.directory.integers("SELECT id FROM notes ORDER BY id") == [1, 2, 3])
    }

    @Test func `a failed statement tells the caller nothing about the database`() throws {
        let notes = try StoreHarness()
        let broken = StorageError(code: 1, message: "no such table: secret")
        let outcome = try #require(notes.run(1, NoteStatements.noteThen(.storage(broken))))
        guard case .failure(let rejection) = outcome.result else {
            Issue.record("a failed command was reported as done")
            return
        }
        #expect(rejection.code == .internal)
        #expect(!rejection.message.contains("secret"))
        #expect(rejection.metadata.isEmpty)
        // Not kept: the same key runs when it is sent again.
        #expect(notes.run(1, NoteStatements.note(1))?.reply == [1])
    }

    @Test func `a stream's versions count its events`() throws {
        let notes = try StoreHarness()
        for (key, id) in [11, 21, 12, 31].enumerated() {
            _ = notes.run(UInt64(key), NoteStatements.note(Int64(id)))
        }
        #expect(try notes.log().map(\.stream.rawValue) == ["note-1", "note-1", "note-2", "note-1"])
        #expect(try notes.log().map(\.version.rawValue) == [1, 2, 1, 3])
    }

    @Test func `a row that refers to nothing is a foreign key violation`() throws {
        let notes = try StoreHarness()
        #expect(notes.run(1, NoteStatements.note(2, parent: 1))?.reason == "INTERNAL")
        #expect(try notes.log().isEmpty)
    }

    @Test func `commits are flushed to the disk, and SQLite's own safeguards are on`() throws {
        let directory = try TestDirectory()
        let store = try WriteStore(
            configuration: WriteStoreConfiguration(path: directory.databasePath),
            migrations: [],
            environment: WriteStoreEnvironment(log: { _ in }, onFatal: { _ in exit(74) }),
            makeStatements: PragmaStatements.init)
        defer { store.shutDown() }
        let inbox = Inbox()
        let command = PendingCommand(
            work: { (statements, _) throws(CommandFailure) in
                try PragmaStatements.known(statements).values()
            },
            method: "",
            principal: "", key: IdempotencyKey(high: 1, low: 1), payloadDigest: [],
            deadline: nil, cancellation: CancellationFlag(), replyTo: inbox, tag: 1)
        #expect(store.submit(command, on: store.openLane(address: "")) == .queued)
        // FULL, on, off; no lock is waited for on this thread; each page is checked.
        #expect(inbox.wait(for: 1).first?.reply == [2, 1, 0, 0, 1])
    }

    @Test func `no checkpoint is made before the log has its configured size`() throws {
        let notes = try StoreHarness { $0.checkpointPageCount = 100_000 }
        let bytesBefore = try notes.directory.fileBytes("")
        // 8 MB, twice as much as SQLite's own checkpoints would wait for.
        for id in 1...32 {
            let work: CommandWork = { (statements, transaction) throws(CommandFailure) in
                let payload = [UInt8](repeating: 7, count: 256 << 10)
                try NoteStatements.take(
                    Int64(id), parent: nil, payload: payload, statements, &transaction)
                return []
            }
            #expect(notes.run(UInt64(id), work)?.reply == [])
        }
        #expect(try notes.directory.fileBytes("") == bytesBefore)
        #expect(try notes.directory.fileBytes("-wal") > 8 << 20)
        notes.store.shutDown()
        #expect(try notes.directory.fileBytes("") > 8 << 20)
    }

    @Test func `a group's outcomes come in one delivery for each connection`() throws {
        let notes = try StoreHarness()
        let other = Inbox()
        _ = notes.runTogether(
            [
                notes.command(1, NoteStatements.note(1)),
                notes.command(2, NoteStatements.note(2)),
            ],
            meanwhile: {
                for id in 3...4 {
                    let command = notes.command(
                        UInt64(id), NoteStatements.note(Int64(id)), replyTo: other)
                    #expect(notes.submit(command))
                }
            })
        #expect(other.wait(for: 2).map(\.position.rawValue) == [3, 4])
        #expect(other.deliveries == 1)
        #expect(notes.inbox.deliveries == 1)
    }

    @Test func `each commit that moved the head is announced`() throws {
        let notes = try StoreHarness()
        let heads = HeadRecorder()
        notes.store.onCommit { heads.record($0) }
        _ = notes.run(1, NoteStatements.note(1))
        _ = notes.run(2, NoteStatements.noteThen(.rejected(refusal)))
        _ = notes.run(3, NoteStatements.note(2))
        notes.store.shutDown()
        #expect(heads.all.map(\.rawValue) == [1, 2])
    }

    @Test func `a full queue refuses the next command and takes one again later`() throws {
        // Each counts for all, for its address and for its connection.
        let notes = try StoreHarness { $0.queueCountMax = 4 }
        notes.hold { release in
            #expect(notes.submit(notes.command(1, NoteStatements.note(1))))
            #expect(notes.submit(notes.command(2, NoteStatements.note(2))))
            #expect(!notes.submit(notes.command(3, NoteStatements.note(3))))
            #expect(notes.store.queuedCount == 2)
            release()
        }
        #expect(notes.inbox.wait(for: 2).allSatisfy { $0.reply != nil })
        #expect(notes.run(3, NoteStatements.note(3))?.reply == [3])
    }

    @Test func `a command whose deadline passed in the queue is not run`() throws {
        let notes = try StoreHarness()
        let outcomes = notes.runTogether([
            notes.command(1, NoteStatements.note(1), deadline: .now - .seconds(1)),
            notes.command(2, NoteStatements.note(2), deadline: .now + .seconds(3_600)),
        ])
        #expect(outcomes.map(\.reason) == ["DEADLINE_EXCEEDED", nil])
        #expect(outcomes.map(\.isNotProcessed) == [true, false])
        #expect(try notes.directory.integers("SELECT id FROM notes") == [2])
        // Nothing is kept under its key.
        #expect(notes.run(1, NoteStatements.note(1))?.reply == [1])
    }

    @Test func `a command cancelled in the queue is not run, one that has begun is`() throws {
        let notes = try StoreHarness()
        let early = CancellationFlag()
        let late = CancellationFlag()
        let outcomes = notes.runTogether(
            [
                notes.command(1, NoteStatements.note(1), cancellation: early),
                notes.command(2, NoteStatements.note(2), cancellation: late),
            ], meanwhile: { #expect(early.cancel()) })
        #expect(outcomes.map(\.reason) == ["CANCELLED", nil])
        #expect(outcomes.map(\.isNotProcessed) == [true, false])
        #expect(!late.cancel())
        #expect(try notes.directory.integers("SELECT id FROM notes") == [2])
    }

    @Test func `what was queued at a shutdown is still run`() throws {
        let notes = try StoreHarness { $0.groupCountMax = 2 }
        notes.hold { release in
            for id in 1...5 {
                #expect(notes.submit(notes.command(UInt64(id), NoteStatements.note(Int64(id)))))
            }
            release()
        }
        notes.store.shutDown()
        #expect(notes.inbox.wait(for: 5).compactMap(\.reply).count == 5)
        #expect(!notes.submit(notes.command(6, NoteStatements.note(6))))
    }

    @Test func `an I/O error ends the process`() async {
        await #expect(processExitsWith: .exitCode(74)) {
            let notes = try StoreHarness()
            let broken = StorageError(code: 10, message: "disk I/O error")
            _ = notes.run(1, NoteStatements.noteThen(.storage(broken)))
        }
    }
}
