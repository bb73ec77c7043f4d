import Foundation
import GRDB
import TandemCore
import Testing

@testable import WriteStore

@Suite struct KeyTableMigrationTests {
    @Test func `an answer that was kept before methods had numbers is still given`() throws {
        let directory = try TestDirectory()
        let queue = try DatabaseQueue(path: directory.databasePath)
        try queue.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA application_id = \(LogSchema.applicationID)")
        }
        var migrator = DatabaseMigrator()
        for migration in LogSchema.migrations + NoteStatements.migrations {
            migrator.registerMigration(migration.name) { try $0.execute(sql: migration.sql) }
        }
        try migrator.migrate(queue)
        try queue.write { database in
            for (key, status) in [(7, 0), (8, 9)] as [(UInt64, Int)] {
                try database.execute(
                    sql: """
                        INSERT INTO idempotency_keys (key, method, principal, payload_digest,
                            status, reply, position, recorded_at)
                        VALUES (?, 'notes.Notes/Take', '', zeroblob(32), ?, x'2A', 0, ?)
                        """,
                    arguments: [
                        Data(IdempotencyKey(high: 1, low: key).bytes), status,
                        TestClock().now.microseconds,
                    ])
            }
        }
        try queue.close()
        let notes = try StoreHarness(in: directory)
        let answer = try #require(notes.run(7, NoteStatements.note(1)))
        #expect(answer.isReplay)
        #expect(answer.reply == [0x2A])
        #expect(answer.position == .beginning)
        // Nothing came of the other one, so nothing is lost by running it.
        #expect(notes.run(8, NoteStatements.note(8))?.reply == [8])
        #expect(try directory.integers("SELECT sum(count) FROM key_counts") == [2])
    }

    @Test func `a name has the same number in every release`() {
        #expect(StableHash.of("") == 0xCBF2_9CE4_8422_2325)
        #expect(StableHash.of("a") == 0xAF63_DC4C_8601_EC8C)
        // What databases hold.
        let placeOrder = "tandem.orders.v1.OrderCommands/PlaceOrder"
        #expect(StableHash.number(of: placeOrder) == 0x1B03011E3BD3)
    }

    @Test func `a damaged count stops nobody`() {
        var counts = KeyCounts()
        for (count, part) in [(Int.max, 1), (.min, 2), (1, .min), (5, -1), (-9, 3)] {
            counts.add(count, part: part)
        }
        counts.add(Int.max, part: 1)
        #expect(counts[2] == 0)
        #expect(counts[3] == 0)
        #expect(counts.total > 0)
        #expect(!counts.hasRoom(part: 1, countMax: 100))
    }
}
