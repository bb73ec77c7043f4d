import Foundation

/// A file, read piece by piece; a pipe will do.
package struct FileSource: ByteSource {
    private let path: String
    private let handle: FileHandle
    /// The file's size when it was opened; 0 if it has none.
    package let byteCount: Int
    private static let pieceByteCount = 1 << 18

    /// What a file is read for: where there is none, that is told.
    package enum Purpose: Sendable {
        /// Of an import's directory.
        case csv
        case requests
    }

    package init(path: String, for purpose: Purpose = .csv) throws(FileFailure) {
        self.path = path
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FileFailure(path: path, reason: Self.reason(errno, purpose))
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else {
            throw FileFailure(path: path, reason: Self.reason(errno, purpose))
        }
        guard facts.st_mode & S_IFMT != S_IFDIR else {
            let needed = purpose == .csv ? "a CSV file" : "a file of requests"
            throw FileFailure(path: path, reason: "it is a directory; \(needed) is needed there")
        }
        byteCount = Int(clamping: facts.st_size)
    }

    package func read() throws(FileFailure) -> [UInt8] {
        do {
            return [UInt8](try handle.read(upToCount: Self.pieceByteCount) ?? Data())
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
            throw FileFailure(
                path: path, reason: "it can't be read: \((cause ?? error).localizedDescription)")
        }
    }

    /// - Parameter code: The system's error number.
    private static func reason(_ code: Int32, _ purpose: Purpose) -> String {
        switch code {
        case ENOENT: "there is no such file"
        case EACCES: "there is no permission to read it"
        case ENOTDIR where purpose == .csv:
            "what should be the directory is a file; `tandem import` takes the directory that "
                + "holds products.csv, users.csv and orders.csv"
        default: "it can't be opened: \(unsafe String(cString: strerror(code)))"
        }
    }
}
