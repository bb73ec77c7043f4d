import Foundation
import GRDB
import TandemCore
import Testing

@testable import WriteStore

@Suite struct LogVerifierTests {
    /// A closed database with notes 1 to 5, of which 4 and 5 are in streams that have two, and a
    /// refusal; and what was done to it.
    private func database(_ sql: String) throws -> TestDirectory {
        let directory = try TestDirectory()
        let notes = try StoreHarness(in: directory)
        for id in [1, 2, 3, 11, 12] as [Int64] {
            _ = notes.run(UInt64(id), NoteStatements.note(id))
        }
        _ = notes.run(9, NoteStatements.noteThen(.rejected(refusal)))
        notes.store.shutDown()
        try Tampering(path: directory.databasePath).run(sql)
        return directory
    }

    private func fault(
        _ directory: TestDirectory, _ check: (LogVerifier) throws -> Void
    ) throws -> String {
        let verifier = try LogVerifier(path: directory.databasePath)
        let error = #expect(throws: StorageError.self) { try check(verifier) }
        #expect(error?.kind == .damagedRow)
        return error?.message ?? ""
    }

    @Test func `a whole database passes every check, beside its server too`() throws {
        let directory = try database("SELECT 1")
        let notes = try StoreHarness(in: directory)
        let verifier = try LogVerifier(path: directory.databasePath)
        var seen: [UInt64] = []
        let end = try verifier.checkEvents { seen += $0.map(\.position.rawValue) }
        #expect(seen == [1, 2, 3, 4, 5])
        #expect(try verifier.end() == end)
        #expect(try verifier.end(at: end.position) == end)
        #expect(try verifier.end(at: LogPosition(rawValue: 6)) == nil)
        #expect(try verifier.checkStreams() == 3)
        #expect(try verifier.checkAnswers() == 6)
        try verifier.checkFile()
        _ = notes.run(20, NoteStatements.note(20))
        #expect(try verifier.checkEvents { _ in }.position == LogPosition(rawValue: 6))
        #expect(verifier.epoch == notes.store.epoch)
    }

    @Test(arguments: [
        "stream = 'note-8'", "version = 9", "type = 'NoteLost'", "payload = x'010203ff'",
        "payload = x'010202'", "metadata = x'00'", "recorded_at = recorded_at + 1",
        "digest = zeroblob(32)", "digest = x'00'",
    ])
    func `a changed event is named, and neither it nor what follows is read`(
        change: String
    ) throws {
        let directory = try database("UPDATE events SET \(change) WHERE position = 3")
        let fault = try fault(directory) { _ = try $0.checkEvents { _ in } }
        #expect(fault.contains("position = 3"))
        let notes = try StoreHarness(in: directory)
        #expect(try notes.log().map(\.position.rawValue) == [1, 2])
    }

    @Test func `every bit of an event counts`() throws {
        let directory = try database("SELECT 1")
        let queue = try DatabaseQueue(path: directory.databasePath)
        for (column, byteCount) in [("payload", 3), ("digest", 32)] {
            for bit in 0..<(8 * byteCount) {
                let whole = try queue.write { database in
                    let whole = try #require(
                        try Data.fetchOne(
                            database, sql: "SELECT \(column) FROM events WHERE position = 4"))
                    var changed = whole
                    changed[bit / 8] ^= 1 << (bit % 8)
                    try database.execute(
                        sql: "UPDATE events SET \(column) = ? WHERE position = 4",
                        arguments: [changed])
                    return whole
                }
                let fault = try fault(directory) { _ = try $0.checkEvents { _ in } }
                #expect(fault.contains("position = 4"), "bit \(bit) of \(column)")
                try queue.write {
                    try $0.execute(
                        sql: "UPDATE events SET \(column) = ? WHERE position = 4",
                        arguments: [whole])
                }
            }
        }
        #expect(
            try LogVerifier(path: directory.databasePath).checkEvents { _ in }.position
                == LogPosition(rawValue: 5))
    }

    @Test(arguments: [
        ("DELETE FROM events WHERE position = 2", "position = 3: it follows position 1"),
        ("DELETE FROM events WHERE position = 1", "position = 2: it follows position 0"),
        (
            """
            UPDATE events SET position = 99 WHERE position = 2;
            UPDATE events SET position = 2 WHERE position = 3;
            UPDATE events SET position = 3 WHERE position = 99
            """, "position = 2: its digest"
        ),
    ])
    func `an event that is gone or has moved is noticed`(sql: String, named: String) throws {
        let fault = try fault(try database(sql)) { _ = try $0.checkEvents { _ in } }
        #expect(fault.contains(named))
    }

    @Test func `a log that has lost its end is told from one that never had it`() throws {
        let directory = try database("SELECT 1")
        let end = try LogVerifier(path: directory.databasePath).end()
        try Tampering(path: directory.databasePath).run("DELETE FROM events WHERE position = 5")
        // By the mark beside the database, without anything that was kept elsewhere.
        let error = #expect(throws: WriteStoreError.self) {
            try LogVerifier(path: directory.databasePath)
        }
        #expect(error?.description.contains("\(end.position)") == true)
    }

    @Test(arguments: [
        ("version = 3 WHERE position = 4", "stream 'note-1': version 3 follows 1"),
        ("version = 2 WHERE position = 3", "stream 'note-3': version 2 follows nothing"),
    ])
    func `a stream with a gap is named`(change: String, named: String) throws {
        let fault = try fault(try database("UPDATE events SET \(change)")) {
            _ = try $0.checkStreams()
        }
        #expect(fault.contains(named))
    }

    @Test(arguments: [
        "key = zeroblob(16)", "method = method + 1", "principal = 'eve'",
        "payload_digest = randomblob(32)", "status = 5", "reply = x'01'", "position = 1",
        "recorded_at = recorded_at - 1", "part = part + 1", "checksum = checksum + 1",
    ])
    func `a changed answer is named, and not given`(change: String) throws {
        let directory = try database("UPDATE idempotency_keys SET \(change) WHERE position = 3")
        let fault = try fault(directory) { _ = try $0.checkAnswers() }
        #expect(fault.contains("idempotency_keys WHERE id = 3"))
        let notes = try StoreHarness(in: directory)
        // Where its key still leads to it.
        if !["key", "method", "principal"].contains(where: { change.hasPrefix($0 + " ") }) {
            #expect(notes.run(3, NoteStatements.note(3))?.reason == "DAMAGED_ROW")
        }
    }
}
