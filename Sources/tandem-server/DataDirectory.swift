import Foundation
import ProcessText

/// The directory for a server's files: nobody else can read what is there.
struct DataDirectory {
    let path: String

    /// Makes the directory, takes others' rights to the files away whose names begin with `file`,
    /// and answers that file's path. What this process makes from now on is its user's alone.
    func prepare(for file: String) throws(StartFailure) -> String {
        umask(0o077)
        try make()
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw failure(path, "it can't be listed")
        }
        for name in names where name.hasPrefix(file) {
            let path = path + "/" + name
            guard unsafe chmod(path, 0o600) == 0 || errno == ENOENT else {
                throw failure(path, "its mode can't be set to 0600: \(Self.lastError)")
            }
        }
        return path + "/" + file
    }

    /// Folder by folder, so that it is known which one can't be made, and why.
    private func make() throws(StartFailure) {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += part
            if unsafe mkdir(made, 0o700) != 0, errno != EEXIST {
                throw failure(made, Self.lastError)
            }
            made += "/"
        }
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, Self.lastError) }
        close(descriptor)
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
