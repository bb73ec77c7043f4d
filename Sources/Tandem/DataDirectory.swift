import Foundation
import ProcessText

/// The directory for a server's files: nobody else can read what is there.
struct DataDirectory {
    let path: String

    /// The database itself, SQLite's files, the log's mark and the lock.
    private static let endings = ["", "-wal", "-shm", "-journal", ".mark", ".lock"]

    /// Makes the directory, takes others' rights to the database's files away, and answers the
    /// database's path. What this process makes from now on is its user's alone.
    ///
    /// What else lies there is somebody's, a backup or whatever a link leads to: it stays as it is.
    func prepare(for database: String) throws(StartFailure) -> String {
        umask(0o077)
        try make()
        for file in Self.endings.map({ path + "/" + database + $0 }) {
            var status = stat()
            guard unsafe lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG
            else { continue }
            // SQLite may have removed it meanwhile.
            guard unsafe chmod(file, 0o600) == 0 || errno == ENOENT else {
                throw failure(file, "its mode can't be set to 0600: \(Self.lastError)")
            }
        }
        return path + "/" + database
    }

    /// Folder by folder, so that it is known which one can't be made, and why. The name of each one
    /// that was made is on the disk before anything is put into it: what is acknowledged must not
    /// be in a folder that a power failure takes away.
    private func make() throws(StartFailure) {
        var parent = path.hasPrefix("/") ? "/" : "./"
        for part in path.split(separator: "/") {
            let folder = parent + part
            if unsafe mkdir(folder, 0o700) == 0 {
                try synchronize(parent)
            } else if errno != EEXIST {
                throw failure(folder, Self.lastError)
            }
            parent = folder + "/"
        }
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, Self.lastError) }
        close(descriptor)
    }

    private func synchronize(_ folder: String) throws(StartFailure) {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        // One that may be written to and not read can't be synchronised by us.
        if descriptor < 0, errno == EACCES { return }
        guard descriptor >= 0 else { throw failure(folder, Self.lastError) }
        defer { close(descriptor) }
        // A file system that has nothing to synchronise in folders says EINVAL.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw failure(folder, Self.lastError)
        }
    }

    private func failure(_ place: String, _ reason: String) -> StartFailure {
        StartFailure(
            message: """
                The data directory \(path) can't be made or made private: \(place): \(reason). \
                Name another one with --data, or mend that one.
                """)
    }

    /// The operating system's word for what just failed.
    private static var lastError: String { unsafe String(cString: strerror(errno)) }
}
