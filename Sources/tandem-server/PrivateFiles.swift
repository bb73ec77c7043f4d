import ArgumentParser
import Foundation

/// The files that a server keeps for one database, which nobody else may read.
enum PrivateFiles {
    /// The database itself, SQLite's files, the log's mark and the lock.
    private static let endings = ["", "-wal", "-shm", "-journal", ".mark", ".lock"]

    /// Takes other users' rights to `database` and the server's files for it away.
    ///
    /// Not from what else lies there, a backup or whatever a link leads to: that is somebody's.
    static func tighten(_ database: String) throws {
        for path in endings.map({ database + $0 }) {
            var status = stat()
            guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG
            else { continue }
            // SQLite may have removed it meanwhile.
            guard unsafe chmod(path, 0o600) == 0 || errno == ENOENT else {
                let reason = unsafe String(cString: strerror(errno))
                throw ValidationError("The mode of \(path) can't be set to 0600: \(reason)")
            }
        }
    }
}
