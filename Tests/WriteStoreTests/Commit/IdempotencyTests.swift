import TandemCore
import Testing
import WriteStore

@Suite struct IdempotencyTests {
    @Test func `the same key and payload gets the stored answer`() throws {
        let notes = try StoreHarness()
        let first = try #require(notes.run(1, NoteStatements.note(7)))
        _ = notes.run(2, NoteStatements.note(8))
        let second = try #require(notes.run(1, NoteStatements.note(9)))
        #expect(second.reply == [7])
        #expect(second.position == first.position)
        #expect([first.isReplay, second.isReplay] == [false, true])
        #expect(try notes.log().count == 2)
    }

    @Test func `the same key with another payload is refused and keeps the first answer`() throws {
        let notes = try StoreHarness()
        _ = notes.run(1, NoteStatements.note(7))
        let reused = try #require(notes.run(1, NoteStatements.note(8), payload: 1))
        #expect(reused.reason == "KEY_REUSED")
        #expect(!reused.isReplay)
        #expect(notes.run(1, NoteStatements.note(9))?.reply == [7])
        #expect(try notes.log().count == 1)
    }

    @Test func `a key sent many times in one group runs once`() throws {
        let notes = try StoreHarness()
        let commands = (1...100).map { _ in notes.command(1, NoteStatements.note(7)) }
        let outcomes = notes.runTogether(commands)
        #expect(outcomes.map(\.reply) == Array(repeating: [7], count: 100))
        #expect(outcomes.map(\.isReplay) == [false] + Array(repeating: true, count: 99))
        #expect(try notes.log().count == 1)
    }

    @Test func `a rejection is kept like an answer`() throws {
        let notes = try StoreHarness()
        let first = try #require(notes.run(1, NoteStatements.noteThen(.rejected(refusal))))
        let second = try #require(notes.run(1, NoteStatements.note(1)))
        #expect(first.result == .failure(refusal))
        #expect(second.result == .failure(refusal))
        #expect(second.isReplay)
        #expect(try notes.log().isEmpty)
    }

    @Test(arguments: [StatusCode.unavailable, .resourceExhausted, .internal])
    func `a failure that may pass is not kept`(code: StatusCode) throws {
        let notes = try StoreHarness()
        let passing = Rejection(code, reason: "LATER", message: "try again")
        #expect(notes.run(1, NoteStatements.noteThen(.rejected(passing)))?.reason == "LATER")
        #expect(notes.run(1, NoteStatements.note(1))?.reply == [1])
    }

    @Test func `two principals may use the same key, and each gets its own answer again`() throws {
        let notes = try StoreHarness()
        #expect(notes.run(1, NoteStatements.note(1), principal: "ann")?.reply == [1])
        #expect(notes.run(1, NoteStatements.note(2), payload: 1, principal: "bob")?.reply == [2])
        let ann = notes.run(1, NoteStatements.note(1), principal: "ann")
        let bob = notes.run(1, NoteStatements.note(2), payload: 1, principal: "bob")
        #expect([ann, bob].map { $0?.reply } == [[1], [2]])
        #expect([ann, bob].map { $0?.isReplay } == [true, true])
    }

    @Test func `answers are forgotten after their retention, the oldest first`() throws {
        let notes = try StoreHarness()
        for id in 1...3 { _ = notes.run(UInt64(id), NoteStatements.note(Int64(id))) }
        notes.clock.advance(bySeconds: 24 * 60 * 60 - 1)
        _ = notes.run(4, NoteStatements.note(4))
        #expect(notes.run(1, NoteStatements.note(5))?.isReplay == true)
        notes.clock.advance(bySeconds: 2)
        _ = notes.run(6, NoteStatements.note(6))
        #expect(
            try notes.directory.integers("SELECT count(*) FROM idempotency_keys") == [2])
        #expect(notes.run(4, NoteStatements.note(7))?.isReplay == true)
        #expect(notes.run(1, NoteStatements.note(8))?.isReplay == false)
    }

    @Test func `answers are forgotten although the clock was ahead once`() throws {
        let notes = try StoreHarness()
        let year: Int64 = 365 * 24 * 60 * 60
        notes.clock.advance(bySeconds: year)
        _ = notes.run(1, NoteStatements.note(1))
        notes.clock.advance(bySeconds: -year)
        for id in 2...5 { _ = notes.run(UInt64(id), NoteStatements.note(Int64(id))) }
        notes.clock.advance(bySeconds: 24 * 60 * 60 + 1)
        _ = notes.run(6, NoteStatements.note(6))
        // The one of a time that is still to come stays: how old it is can't be told.
        #expect(
            try notes.directory.integers("SELECT position FROM idempotency_keys ORDER BY id")
                == [1, 6])
        #expect(notes.run(1, NoteStatements.note(7))?.isReplay == true)
    }

    @Test func `answers are forgotten a few at a time, whatever their order`() throws {
        let notes = try StoreHarness()
        for id in 1...300 {
            notes.clock.advance(bySeconds: id.isMultiple(of: 2) ? 7 : -5)
            _ = notes.run(UInt64(id), NoteStatements.note(Int64(id)))
        }
        notes.clock.advance(bySeconds: 2 * 24 * 60 * 60)
        var counts: [Int64] = []
        for id in 301...306 {
            _ = notes.run(UInt64(id), NoteStatements.note(Int64(id)))
            counts += try notes.directory.integers("SELECT count(*) FROM idempotency_keys")
        }
        // 66 for each group of one, which adds one.
        #expect(counts == [235, 170, 105, 40, 5, 6])
    }

    @Test func `an expired key's refusal names both clocks and the difference`() {
        let now = Timestamp(microseconds: 1_700_000_000_000_000)
        let expiry = KeyExpiry(
            madeAt: Timestamp(microseconds: now.microseconds - 25 * 3_600_000_000 - 60_000_000),
            now: now, retention: .seconds(24 * 60 * 60))
        let rejection = expiry.rejection
        #expect(rejection.message.contains("25 h 1 min before the server's clock"))
        #expect(rejection.message.contains("kept for 24 h 0 min"))
        #expect(rejection.message.contains("is the client's clock right?"))
        #expect(
            rejection.metadata == [
                "retention_ms": "86400000", "key_time_ms": "1699909940000",
                "server_time_ms": "1700000000000", "age_ms": "90060000",
            ])
    }

    @Test func `a rejection survives its encoding, and damage to it does no harm`() {
        let bytes = StoredRejection.encode(refusal)
        #expect(StoredRejection.decode(bytes, code: .failedPrecondition) == refusal)
        for count in 0..<bytes.count {
            let cut = StoredRejection.decode(Array(bytes.prefix(count)), code: .failedPrecondition)
            // Nothing decodes but what was encoded.
            if let cut { #expect(StoredRejection.encode(cut) == Array(bytes.prefix(count))) }
        }
        let hostile: [[UInt8]] = [
            [], [0], [0xFF, 0xFF, 0xFF, 0xFF, 1], [0, 0, 0, 1, 0xFF, 0, 0, 0, 0],
            [1], [0, 0, 0],
        ]
        for bytes in hostile {
            #expect(StoredRejection.decode(bytes, code: .internal) == nil)
        }
    }
}

@Test func `a key that tells its age is expired once answers are no longer kept`() throws {
    let harness = try StoreHarness { $0.keyRetention = .seconds(60) }
    var generator = SystemRandomNumberGenerator()
    let now = harness.clock.now
    func key(madeBefore seconds: Int64) -> IdempotencyKey {
        let made = Timestamp(microseconds: now.microseconds - seconds * 1_000_000)
        return .timeOrdered(at: made, using: &generator)
    }
    #expect(harness.store.expiry(of: key(madeBefore: 59)) == nil)
    #expect(harness.store.expiry(of: key(madeBefore: 61)) != nil)
    #expect(harness.store.expiry(of: key(madeBefore: -3_600)) == nil, "it may be ahead")
    #expect(harness.store.expiry(of: IdempotencyKey(high: 1, low: 1)) == nil, "it has no time")
}
