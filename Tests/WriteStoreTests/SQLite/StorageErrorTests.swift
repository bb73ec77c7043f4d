import Foundation
import GRDB
import Testing

@testable import WriteStore

@Suite struct StorageErrorTests {
    private static let cantOpen: Int32 = 14
    private static let write: Int32 = 10 | 3 << 8
    private static let fsync: Int32 = 10 | 4 << 8
    private static let sharedMemorySize: Int32 = 10 | 19 << 8

    private func error(_ code: Int32, _ systemCode: Int32 = 0) -> StorageError {
        StorageError(code: code, message: "", systemCode: systemCode)
    }

    private static let full: [(Int32, Int32)] = [
        (13, 0), (write, ENOSPC), (write, EDQUOT), (10 | 6 << 8, ENOSPC), (cantOpen, ENOSPC),
        (cantOpen | 2 << 8, EDQUOT), (sharedMemorySize, 0), (sharedMemorySize, EIO),
    ]

    @Test(arguments: full)
    func `a full disk is one by whatever name SQLite calls it`(code: Int32, systemCode: Int32) {
        #expect(error(code, systemCode).kind == .diskFull)
    }

    private static let unusable: [(Int32, Int32)] = [
        (write, EIO), (write, 0), (fsync, ENOSPC), (fsync, EDQUOT), (cantOpen, EACCES),
        (11, ENOSPC),
    ]

    @Test(arguments: unusable)
    func `what may have lost something is no full disk`(code: Int32, systemCode: Int32) {
        #expect(error(code, systemCode).kind == .unusable)
        #expect(!error(code, systemCode).leavesNoCommit)
    }

    @Test func `a commit whose pages are all written isn't taken for undone`() {
        #expect(error(13).leavesNoCommit)
        #expect(error(Self.write, EDQUOT).leavesNoCommit)
        // The shared memory grows after the pages are on the disk: a later start would find them.
        #expect(!error(Self.sharedMemorySize, ENOSPC).leavesNoCommit)
        #expect(!error(Self.cantOpen, ENOSPC).leavesNoCommit)
    }

    @Test func `no commit has to grow SQLite's shared memory`() throws {
        let notes = try StoreHarness()
        #expect(notes.run(1, NoteStatements.note(1))?.reply == [1])
        // Regions of 32 KiB for 4,096 pages each, for the pages of two groups.
        #expect(try notes.directory.fileBytes("-shm") >= 2 * 16_384 / 4_096 * (32 << 10))
    }

    @Test func `a page of the write-ahead log is looked up where SQLite does`() {
        let regions = [1, 4_062, 4_063, 8_158, 8_159].map(SharedMemoryRegion.index(ofLogPage:))
        #expect(regions == [0, 0, 1, 1, 2])
    }

    @Test func `what may pass by itself is opened again later, and nothing else is`() {
        let passing: [ResultCode] = [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_BUSY]
        for code in passing {
            let error = DatabaseError(resultCode: code)
            #expect(WriteStoreError.unavailable(path: "", because: error).mayPass)
        }
        let staying: [ResultCode] = [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR]
        for code in staying {
            let error = DatabaseError(resultCode: code)
            #expect(!WriteStoreError.unavailable(path: "", because: error).mayPass)
        }
        #expect(!WriteStoreError.inUse(path: "").mayPass)
        #expect(!WriteStoreError.notATandemDatabase(path: "").mayPass)
    }
}
