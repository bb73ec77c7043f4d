internal import Foundation

/// Keeps a second server away from a database, in this process or another, until it is released
/// or the process ends.
///
/// An advisory lock (`flock`) on a file beside the database: SQLite's own locks come and go with
/// each transaction, so they would let two writers take turns and give out the same positions.
final class DatabaseLock: Sendable {
    private let descriptor: Int32

    /// Makes the lock file if needed; it stays, because removing it would race with its next
    /// user.
    init(_ files: DataFiles) throws(WriteStoreError) {
        let path = files.lock
        descriptor = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC, DataFile.mode)
        guard descriptor >= 0 else {
            throw .lastSystemError(at: path)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isTaken = errno == EWOULDBLOCK
            let failure = WriteStoreError.lastSystemError(at: path)
            close(descriptor)
            throw isTaken ? .inUse(path: files.database) : failure
        }
    }

    deinit {
        // To close it would not do: a process that is being started has a copy for a moment.
        release()
        close(descriptor)
    }

    /// Lets the next server in at once; a second call does nothing.
    func release() {
        flock(descriptor, LOCK_UN)
    }
}
