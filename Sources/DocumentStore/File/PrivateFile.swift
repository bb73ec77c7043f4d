internal import Foundation

/// Files that nobody but the server's own user may read, whatever the program's umask is.
enum PrivateFile {
    private static let mode: mode_t = 0o600

    /// Makes a database's file, unless there is one, before SQLite does, which gives its other
    /// files this one's mode.
    ///
    /// One that is there isn't opened: closing it again would take away the locks that another
    /// connection of this process has on it.
    static func make(_ path: String) throws(DocumentFileError) {
        let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, mode)
        guard descriptor >= 0 || errno == EEXIST else { throw failure(path) }
        if descriptor >= 0 { close(descriptor) }
    }

    /// Takes others' rights to a database's files away.
    static func tighten(database path: String) throws(DocumentFileError) {
        for file in ["", "-wal", "-shm", "-journal"].map({ path + $0 }) {
            guard unsafe chmod(file, mode) == 0 || errno == ENOENT else { throw failure(file) }
        }
    }

    private static func failure(_ path: String) -> DocumentFileError {
        .unavailable(path: path, detail: unsafe String(cString: strerror(errno)))
    }
}
