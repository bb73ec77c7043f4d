import EventModel
import EventStore
import Testing

@Suite struct IdempotencyTests {
    @Test func `the same key and payload gets the stored answer`() throws {
        let notes = try StoreHarness()
        let first = try #require(notes.run(1, NoteModel.note(7)))
        _ = notes.run(2, NoteModel.note(8))
        let second = try #require(notes.run(1, NoteModel.note(9)))
        #expect(second.reply == [7])
        #expect(second.position == first.position)
        #expect([first.isReplay, second.isReplay] == [false, true])
        #expect(try notes.log().count == 2)
    }

    @Test func `the same key with another payload is refused and keeps the first answer`() throws {
        let notes = try StoreHarness()
        _ = notes.run(1, NoteModel.note(7))
        let reused = try #require(notes.run(1, NoteModel.note(8), payload: 1))
        #expect(reused.reason == "KEY_REUSED")
        #expect(!reused.isReplay)
        #expect(notes.run(1, NoteModel.note(9))?.reply == [7])
        #expect(try notes.log().count == 1)
    }

    @Test func `a key sent many times in one group runs once`() throws {
        let notes = try StoreHarness()
        let outcomes = notes.runTogether((1...100).map { _ in notes.command(1, NoteModel.note(7)) })
        #expect(outcomes.map(\.reply) == Array(repeating: [7], count: 100))
        #expect(outcomes.map(\.isReplay) == [false] + Array(repeating: true, count: 99))
        #expect(try notes.log().count == 1)
    }

    @Test func `a rejection is kept like an answer`() throws {
        let notes = try StoreHarness()
        let first = try #require(notes.run(1, NoteModel.noteThen(.rejected(refusal))))
        let second = try #require(notes.run(1, NoteModel.note(1)))
        #expect(first.result == .failure(refusal))
        #expect(second.result == .failure(refusal))
        #expect(second.isReplay)
        #expect(try notes.log().isEmpty)
    }

    @Test(arguments: [StatusCode.unavailable, .resourceExhausted, .internal])
    func `a failure that may pass is not kept`(code: StatusCode) throws {
        let notes = try StoreHarness()
        let passing = Rejection(code, reason: "LATER", message: "try again")
        #expect(notes.run(1, NoteModel.noteThen(.rejected(passing)))?.reason == "LATER")
        #expect(notes.run(1, NoteModel.note(1))?.reply == [1])
    }

    @Test func `two principals may use the same key, and each gets its own answer again`() throws {
        let notes = try StoreHarness()
        #expect(notes.run(1, NoteModel.note(1), principal: "ann")?.reply == [1])
        #expect(notes.run(1, NoteModel.note(2), payload: 1, principal: "bob")?.reply == [2])
        let ann = notes.run(1, NoteModel.note(1), principal: "ann")
        let bob = notes.run(1, NoteModel.note(2), payload: 1, principal: "bob")
        #expect([ann, bob].map { $0?.reply } == [[1], [2]])
        #expect([ann, bob].map { $0?.isReplay } == [true, true])
    }

    @Test func `answers are forgotten after their retention, the oldest first`() throws {
        let notes = try StoreHarness()
        for id in 1...3 { _ = notes.run(UInt64(id), NoteModel.note(Int64(id))) }
        notes.clock.advance(bySeconds: 24 * 60 * 60 - 1)
        _ = notes.run(4, NoteModel.note(4))
        #expect(notes.run(1, NoteModel.note(5))?.isReplay == true)
        notes.clock.advance(bySeconds: 2)
        _ = notes.run(6, NoteModel.note(6))
        #expect(
            try notes.directory.integers("SELECT count(*) FROM idempotency_keys") == [2])
        #expect(notes.run(4, NoteModel.note(7))?.isReplay == true)
        #expect(notes.run(1, NoteModel.note(8))?.isReplay == false)
    }

    @Test func `a rejection survives its encoding, and damage to it does no harm`() {
        let bytes = StoredRejection.encode(refusal)
        #expect(StoredRejection.decode(bytes, code: .failedPrecondition) == refusal)
        for count in 0..<bytes.count {
            let cut = StoredRejection.decode(Array(bytes.prefix(count)), code: .internal)
            #expect(cut.code == .internal)
        }
        let hostile = StoredRejection.decode([0xFF, 0xFF, 0xFF, 0xFF, 1], code: .internal)
        #expect(hostile.reason.isEmpty)
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
    #expect(!harness.store.isExpired(key(madeBefore: 59)))
    #expect(harness.store.isExpired(key(madeBefore: 61)))
    #expect(!harness.store.isExpired(key(madeBefore: -3_600)), "a client's clock may be ahead")
    #expect(!harness.store.isExpired(IdempotencyKey(high: 1, low: 1)), "it doesn't tell its age")
}
