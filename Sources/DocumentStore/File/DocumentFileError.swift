internal import GRDB

/// Why a snapshot file cannot be used.
///
/// Nothing in such a file is lost for good: the event log holds it all.
package enum DocumentFileError: Error, Hashable, Sendable {
    /// SQLite, or one of our own checks, found the file inconsistent.
    case damaged(path: String, detail: String)
    /// A file of something else.
    case foreign(path: String)
    /// Written by a version that arranges the file in another way.
    case otherFormat(path: String, found: Int64)
    /// Made for other collections or indexes.
    case otherSchema(path: String)
    /// The machine refused: no permission, a full disk, a file in use by another process.
    case unavailable(path: String, detail: String)
    /// Its documents take more memory than they may.
    case tooLarge(path: String, byteCountMax: Int)

    /// What the file is called after it was set aside, where rebuilding from the log helps; `nil`
    /// where it doesn't. A foreign file is left alone: somebody may miss it.
    package var setAsideSuffix: String? {
        switch self {
        case .damaged: "damaged"
        case .otherFormat(_, let found): "format-\(found)"
        case .otherSchema: "other-schema"
        case .foreign, .unavailable, .tooLarge: nil
        }
    }

    init(_ error: any Error, path: String) {
        switch error {
        case let error as DocumentFileError:
            self = error
        case let error as DatabaseError:
            self.init(
                code: error.extendedResultCode.rawValue, message: error.message ?? "no message",
                path: path)
        default:
            self = .unavailable(path: path, detail: "\(error)")
        }
    }

    /// From a SQLite result code, primary or extended.
    init(code: Int32, message: String, path: String) {
        switch ResultCode(rawValue: code & 0xff) {
        // Our own statements fail by ERROR where the file's tables are not those that they are
        // for, and by TOOBIG where a row is larger than any that we write.
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_SCHEMA, .SQLITE_MISMATCH, .SQLITE_ERROR,
            .SQLITE_TOOBIG, .SQLITE_FORMAT:
            self = .damaged(path: path, detail: "\(message) (SQLite code \(code))")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self = .unavailable(path: path, detail: "it is in use by another process")
        default:
            self = .unavailable(path: path, detail: "\(message) (SQLite code \(code))")
        }
    }
}

extension DocumentFileError: CustomStringConvertible {
    /// Also right where the server sets the file aside by itself: that is the same.
    private static let moveAway =
        "Move it away together with its -wal file; the documents are then rebuilt from the event "
        + "log."

    package var description: String {
        switch self {
        case .damaged(let path, let detail):
            "The snapshot file \(path) is damaged: \(detail). \(Self.moveAway)"
        case .foreign(let path):
            "\(path) is not a snapshot file of Tandem. Move it away, or use another data "
                + "directory."
        case .otherFormat(let path, let found):
            "The snapshot file \(path) has format \(found), and this version reads format "
                + "\(FileFormat.version). \(Self.moveAway)"
        case .otherSchema(let path):
            "The snapshot file \(path) was made for other collections or indexes. "
                + Self.moveAway
        case .unavailable(let path, let detail):
            "The snapshot file \(path) cannot be used: \(detail). Check the disk, the "
                + "permissions and other running servers, and start again."
        case .tooLarge(let path, let byteCountMax):
            "The documents of \(path) take more than the \(byteCountMax >> 20) MiB that they may. "
                + "Give the server more memory (--memory)."
        }
    }
}
