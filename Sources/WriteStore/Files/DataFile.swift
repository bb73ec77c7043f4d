internal import Foundation

/// What is done to single files of a data directory, with what it takes to last.
enum DataFile {
    /// Nobody but the server's own user reads or writes the data.
    static let mode: mode_t = 0o600

    /// `nil` if there is no such file; links are followed.
    static func size(_ path: String) -> Int? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Int(status.st_size)
    }

    /// Whether the name is taken, be it by a link that leads nowhere.
    static func isThere(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// Where a link leads; `path` itself if it is none, or leads nowhere.
    static func target(of path: String) -> String {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
            let target = unsafe realpath(path, nil)
        else { return path }
        defer { unsafe free(target) }
        return unsafe String(cString: target)
    }

    /// The file's first bytes, at most `countMax`; `nil` if there is no such file.
    static func start(
        of path: String, countMax: Int
    ) throws(WriteStoreError) -> [UInt8]? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        // Opening a pipe would wait for somebody who writes to it.
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .unavailable(
                path: path,
                reason: "it is a directory or something else that is no file. Move it away, or "
                    + "use another data directory.")
        }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .lastSystemError(at: path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count < countMax {
            var part = [UInt8](repeating: 0, count: countMax - bytes.count)
            let count = unsafe read(descriptor, &part, part.count)
            guard count >= 0 else { throw .lastSystemError(at: path) }
            guard count > 0 else { break }
            bytes += part.prefix(count)
        }
        return bytes
    }

    /// Puts `text` at `path` in one step: after a crash the old text is there, or the new one.
    static func replace(_ path: String, with text: String) throws(WriteStoreError) {
        let draft = path + ".new"
        let descriptor = unsafe open(draft, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .lastSystemError(at: draft) }
        do throws(WriteStoreError) {
            try write(Array(text.utf8), to: descriptor, path: draft)
        } catch {
            close(descriptor)
            throw error
        }
        guard close(descriptor) == 0 else {
            throw .lastSystemError(at: draft)
        }
        try move(draft, to: path)
        try synchronizeFolder(of: path)
    }

    /// All of it, down to the disk.
    private static func write(
        _ bytes: [UInt8], to descriptor: Int32, path: String
    ) throws(WriteStoreError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Foundation.write(descriptor, buffer.baseAddress, buffer.count)
            }
            guard count > 0 else { throw .lastSystemError(at: path) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else {
            throw .lastSystemError(at: path)
        }
    }

    /// Makes an empty file that only this user may read, unless there is one.
    static func makePrivate(_ path: String) throws(WriteStoreError) {
        let descriptor = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .lastSystemError(at: path) }
        close(descriptor)
    }

    /// Takes other users' rights to a file away; nothing if it isn't there.
    static func tighten(_ path: String) throws(WriteStoreError) {
        guard unsafe chmod(path, mode) == 0 || errno == ENOENT else {
            throw .unavailable(
                path: path, reason: "its mode can't be set to 0600: \(SystemError.last)")
        }
    }

    static func move(_ path: String, to newPath: String) throws(WriteStoreError) {
        guard unsafe rename(path, newPath) == 0 else {
            throw .lastSystemError(at: newPath)
        }
    }

    /// Makes the names in a file's folder, and the folder's own name, outlast a power failure.
    static func synchronizeFolder(of path: String) throws(WriteStoreError) {
        let folder = (path as NSString).deletingLastPathComponent
        let here = folder.isEmpty ? "." : folder
        for path in [here, here + "/.."] {
            let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            // A parent that this user may not read was made by somebody else, long ago.
            if descriptor < 0, errno == EACCES, path != here { continue }
            guard descriptor >= 0 else { throw .lastSystemError(at: path) }
            let code = fsync(descriptor) == 0 ? 0 : errno
            let failure = WriteStoreError.lastSystemError(at: path)
            close(descriptor)
            guard code == 0 || isForgiven(code, ofParent: path != here) else { throw failure }
        }
    }

    /// Whether a folder that can't be synchronised is no reason to stop.
    ///
    /// File systems that have nothing to synchronise in folders say EINVAL, which SQLite lets pass
    /// too. The parent may be of another file system than the data, and read-only.
    static func isForgiven(_ code: Int32, ofParent isParent: Bool) -> Bool {
        code == EINVAL || isParent && (code == EROFS || code == ENOTSUP)
    }
}

/// The operating system's word for what just failed.
enum SystemError {
    static var last: String { unsafe String(cString: strerror(errno)) }
}
