import Foundation
import GRDB
import TandemCore
import TestSupport
import Testing

@testable import DocumentStore

/// What is not as it was written is refused.
extension DocumentFileTests {
    @Test func `a file that is no database is refused as damaged`() throws {
        try Data((0..<5_000).map { UInt8($0 % 251) }).write(to: URL(fileURLWithPath: path))
        #expect {
            _ = try open()
        } throws: { error in
            (error as? DocumentFileError)?.setAsideSuffix == "damaged"
        }
    }

    @Test func `whatever byte goes wrong, nothing traps and no wrong document is loaded`() throws {
        var generator = SeededGenerator(seed: 62)
        let store = DocumentStore(schema: ShopSchema.collections)
        let changes = (0..<UInt64(300)).map { ShopSchema.account($0, owner: $0 % 5, amount: $0) }
        store.publish(changes, position: LogPosition(rawValue: 7))
        let file = try open()
        try file.write(
            changes, dictionaries: [], checkpoint: mark(7))
        try file.close()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        let expected = Set(contents(store))
        var refusedCount = 0
        for _ in 0..<300 {
            var damaged = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let offset = Int.random(in: 0..<damaged.count, using: &generator)
                damaged[offset] ^= UInt8.random(in: 1...255, using: &generator)
            }
            if Int.random(in: 0..<20, using: &generator) == 0 {
                damaged = damaged.prefix(Int.random(in: 0..<damaged.count, using: &generator))
            }
            _ = try DocumentFile.setAside(path: path, as: "old")
            try damaged.write(to: URL(fileURLWithPath: path))
            do {
                let loaded = try load()
                #expect(Set(contents(loaded.store)).isSubset(of: expected))
            } catch is DocumentFileError {
                refusedCount += 1
            }
        }
        #expect(refusedCount > 30)
    }

    @Test(arguments: [
        "collection = 2", "collection = -1", "key = zeroblob(49)", "key = 'text'",
        "encoding = 3", "encoding = -1", "encoding = 65536", "raw_byte_count = -1",
        "raw_byte_count = 4294967296", "raw_byte_count = 9", "raw_byte_count = 'x'",
        "encoding = 1, raw_byte_count = 16711681", "encoding = 1, raw_byte_count = 16000000",
        "index_keys = x'00'", "index_keys = zeroblob(34)", "body = 5", "body = x'00'",
        "position = -1", "position = 8",
    ])
    func `a row that makes no sense is refused even if its checksum fits`(change: String) throws {
        try writeSome()
        try tamper("UPDATE documents SET \(change) WHERE key = x'0000000000000001'")
        try fitChecksums()
        #expect {
            _ = try load()
        } throws: { error in
            guard case .damaged = error as? DocumentFileError else { return false }
            return true
        }
    }

    @Test func `two rows with the same index key are refused`() throws {
        try writeSome()
        try tamper(
            """
            UPDATE documents SET index_keys =
                (SELECT index_keys FROM documents WHERE key = x'0000000000000001')
            WHERE key = x'0000000000000002'
            """)
        try fitChecksums()
        #expect(throws: DocumentFileError.self) { _ = try load() }
    }

    @Test func `a document or dictionary that changed on disk is refused`() throws {
        try writeSome()
        try tamper("UPDATE documents SET body = x'0000000000000009' WHERE encoding = 0")
        #expect(throws: DocumentFileError.self) { _ = try load() }
        _ = try DocumentFile.setAside(path: path, as: "old")
        try writeSome()
        try tamper("UPDATE dictionaries SET bytes = x'010204'")
        #expect(throws: DocumentFileError.self) { _ = try load() }
    }

    private func fitChecksums() throws {
        try DatabaseQueue(path: path).write { try Checksums.fit($0) }
    }
}
