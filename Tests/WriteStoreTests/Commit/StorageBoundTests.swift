import TandemCore
import Testing
import WriteStore

@Suite struct StorageBoundTests {
    /// A note with an event that needs pages of its own.
    private func largeNote(_ id: Int64) -> CommandWork {
        { (statements, transaction) throws(CommandFailure) in
            try NoteStatements.take(
                id, parent: nil, payload: [UInt8](repeating: 7, count: 64 << 10), statements,
                &transaction)
            return [1]
        }
    }

    @Test func `a database at its bound refuses new commands, and gives the stored answers`()
        throws
    {
        let directory = try TestDirectory()
        let notes = try StoreHarness(in: directory) { $0.databaseByteCountMax = 1 << 20 }
        var id: Int64 = 0
        var refused: CommandOutcome?
        while refused == nil, id < 100 {
            id += 1
            let outcome = try #require(notes.run(UInt64(id), largeNote(id)))
            if outcome.reply == nil { refused = outcome }
        }
        #expect(refused?.reason == "DATABASE_FULL")
        #expect(refused?.isNotProcessed == true)
        #expect(refused?.retryAfterMilliseconds == 1_000)
        #expect(notes.run(1, largeNote(1))?.isReplay == true)
        for _ in 1...20 {
            #expect(notes.run(99, NoteStatements.note(99))?.reason == "DATABASE_FULL")
        }
        #expect(notes.lines.all.count { $0.contains("database-bytes") } == 1, "one line for all")
        notes.store.shutDown()
        #expect(try directory.fileBytes("") < 2 << 20)
        let roomy = try StoreHarness(in: directory)
        #expect(roomy.run(UInt64(id), largeNote(id))?.reply == [1])
    }

    @Test func `before the disk is full new commands are refused, with room for what is recorded`()
        throws
    {
        let disk = TestDisk()
        let notes = try StoreHarness(disk: disk) {
            $0.diskReserveByteCount = 64 << 20
        }
        #expect(notes.run(1, NoteStatements.note(1))?.reply == [1])
        disk.leave(64 << 20)
        // What is in the write-ahead log only has to be copied to the file yet.
        let refused = try #require(notes.run(2, NoteStatements.note(2)))
        #expect(refused.reason == "STORAGE_FULL")
        #expect(refused.isNotProcessed)
        #expect(refused.retryAfterMilliseconds == 1_000)
        #expect(notes.run(1, NoteStatements.note(1))?.isReplay == true)
        disk.leave(66 << 20)
        #expect(
            notes.run(2, NoteStatements.note(2))?.reason == "STORAGE_FULL", "a little more first")
        disk.leave(80 << 20)
        #expect(notes.run(2, NoteStatements.note(2))?.reply == [2])
        let lines = notes.lines.all
        #expect(lines.count { $0.contains("disk-reserve-bytes") } == 1)
        #expect(lines.count { $0 == "commands are recorded again" } == 1)
    }

    @Test func `kept answers are bounded, and an address alone has half of them`() throws {
        let notes = try StoreHarness { $0.keyCountMax = 100 }
        let other = notes.store.openLane(address: "192.0.2.9")
        func run(_ key: UInt64, on lane: CommandLane) -> CommandOutcome? {
            let command = notes.command(
                key, NoteStatements.noteThen(.rejected(refusal)), lane: lane)
            guard notes.submit(command, on: lane) else { return nil }
            return notes.inbox.wait(for: 1).first
        }
        for key in 1...50 as ClosedRange<UInt64> {
            #expect(run(key, on: notes.lane)?.reason == "NO_MORE_NOTES")
        }
        let refused = try #require(run(51, on: notes.lane))
        #expect(refused.reason == "KEYS_FULL")
        #expect(refused.isNotProcessed)
        #expect(run(1, on: notes.lane)?.isReplay == true)
        #expect(run(52, on: other)?.reason == "NO_MORE_NOTES", "others have room")
        #expect(notes.lines.all.count { $0.contains("--limit keys") } == 1)
    }

    @Test func `kept answers are still counted after a restart, and room comes with time`() throws {
        let directory = try TestDirectory()
        let clock = TestClock()
        let first = try StoreHarness(in: directory, clock: clock)
        for id in 1...20 as ClosedRange<Int64> {
            _ = first.run(UInt64(id), NoteStatements.note(id))
        }
        first.store.shutDown()
        let notes = try StoreHarness(in: directory, clock: clock) { $0.keyCountMax = 40 }
        #expect(notes.run(21, NoteStatements.note(21))?.reason == "KEYS_FULL")
        clock.advance(bySeconds: 24 * 60 * 60 + 1)
        // Even a group that keeps nothing forgets what is old.
        _ = notes.run(21, NoteStatements.note(21))
        #expect(notes.run(22, NoteStatements.note(22))?.reply == [22])
        #expect(try directory.integers("SELECT sum(count) FROM key_counts") == [1])
        #expect(try directory.integers("SELECT count(*) FROM idempotency_keys") == [1])
    }

    @Test func `what is rolled back isn't counted`() throws {
        let directory = try TestDirectory()
        let notes = try StoreHarness(in: directory) { $0.pageCountMax = 60 }
        let broken = StorageError(code: 1, message: "no such table")
        _ = notes.runTogether([
            notes.command(1, NoteStatements.note(1)),
            notes.command(2, NoteStatements.noteThen(.storage(broken))),
        ])
        let refused = notes.runTogether((3...9).map { notes.command($0, largeNote(Int64($0))) })
        #expect(refused.allSatisfy { $0.reason == "STORAGE_FULL" })
        _ = notes.run(10, NoteStatements.note(10))
        let counted = try directory.integers("SELECT sum(count) FROM key_counts")
        #expect(try directory.integers("SELECT count(*) FROM idempotency_keys") == counted)
    }

    @Test func `a kept rejection takes 300 bytes of the database at the most`() throws {
        let directory = try TestDirectory()
        let notes = try StoreHarness(in: directory)
        let unknown = Rejection(
            .notFound, reason: "UNKNOWN_ORDER", message: "there is no order 123456789",
            metadata: ["field": "order_id", "value": "123456789"])
        let before = try notes.directory.integers("PRAGMA page_count")[0]
        var random = SystemRandomNumberGenerator()
        let count = 4_000
        for start in stride(from: 0, to: count, by: 400) {
            _ = notes.runTogether(
                (start..<start + 400).map { _ in
                    notes.command(
                        random.next(), NoteStatements.noteThen(.rejected(unknown)),
                        method: "tandem.orders.v1.OrderCommands/PayOrder")
                })
        }
        let after = try notes.directory.integers("PRAGMA page_count")[0]
        #expect((after - before) * 4_096 <= 300 * Int64(count))
    }
}
