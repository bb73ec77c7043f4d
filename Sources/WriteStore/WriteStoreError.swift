internal import Foundation
internal import GRDB
internal import GRDBSQLite
package import TandemCore

/// Why a write database could not be opened. Nothing in it has been changed.
package enum WriteStoreError: Error, Hashable, Sendable {
    /// Another server has it open.
    case inUse(path: String)
    /// The file is something else.
    case notATandemDatabase(path: String)
    /// A later release of the server, or of its application, has written it.
    case newerSchema(path: String)
    /// The operating system or SQLite said no; whether it may say yes when it is asked again, with
    /// nothing mended by hand.
    case unavailable(path: String, reason: String, mayPass: Bool = false)
    /// What the domain has to do with the database is wrong, and the database isn't.
    case domain(reason: String)
    /// The mark beside it says that there was a log, and it isn't there.
    case logLost(path: String, mark: String, found: DatabaseContent)
    /// The server that used it last didn't stop in an orderly way, and the file with its last
    /// commits isn't there.
    case writeAheadLogLost(path: String, mark: String)
    /// The mark is another log's.
    case anotherLog(path: String, mark: String, expected: LogEpoch, found: LogEpoch)
    /// The mark knows of later positions.
    case olderThanMark(path: String, mark: String, head: LogPosition, known: LogPosition)
    /// The mark can't be understood.
    case unreadableMark(mark: String)
    /// There is no database, but something that only one can have left.
    case orphan(of: String, orphan: String)
    /// A backup could not be made, or not be restored.
    case copyFailed(path: String, reason: String)
    /// A new log was asked for where there is one.
    case holdsEvents(path: String, head: LogPosition)

    /// What stands in a lost database's place.
    package enum DatabaseContent: Hashable, Sendable {
        case missing, empty, foreign
    }
}

extension WriteStoreError {
    static func logLost(path: String, mark: String, found: DataFiles.Content) -> Self {
        switch found {
        case .missing: .logLost(path: path, mark: mark, found: DatabaseContent.missing)
        case .empty: .logLost(path: path, mark: mark, found: DatabaseContent.empty)
        case .foreign, .ours: .logLost(path: path, mark: mark, found: DatabaseContent.foreign)
        }
    }
}

extension WriteStoreError {
    /// Whether to open the database again later is worth while: the disk is full, it doesn't
    /// answer, a lock is held, descriptors or memory have run out. All else needs a person.
    package var mayPass: Bool {
        if case .unavailable(_, _, let mayPass) = self { mayPass } else { false }
    }

    /// Whether what is there isn't what its mark, or its write-ahead log, says that it was.
    package var isLoss: Bool {
        switch self {
        case .logLost, .writeAheadLogLost, .anotherLog, .olderThanMark: true
        case .inUse, .notATandemDatabase, .newerSchema, .unavailable, .domain, .unreadableMark,
            .orphan, .copyFailed, .holdsEvents: false
        }
    }

    /// What the operating system said last about a file.
    static func lastSystemError(at path: String) -> Self {
        let code = errno
        let mayPass = [ENOSPC, EDQUOT, EIO, EMFILE, ENFILE, ENOMEM, EAGAIN].contains(code)
        return .unavailable(
            path: path, reason: unsafe String(cString: strerror(code)), mayPass: mayPass)
    }

    /// What SQLite said of a database.
    static func unavailable(path: String, because error: any Error) -> Self {
        if let error = error as? StorageError, error.isMistake {
            return .domain(reason: error.message)
        }
        let code = (error as? DatabaseError)?.resultCode.rawValue
            ?? (error as? StorageError).map { $0.code & 0xFF }
        let passing = [
            SQLITE_FULL, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_BUSY, SQLITE_LOCKED, SQLITE_NOMEM,
        ]
        return .unavailable(
            path: path, reason: "\(error)", mayPass: code.map { passing.contains($0) } ?? false)
    }
}

extension WriteStoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .domain(let reason): reason
        case .inUse(let path):
            """
            \(path) is in use by another tandem-server. Stop that one first, or give this one a \
            data directory of its own.
            """
        case .notATandemDatabase(let path):
            """
            \(path) is not a Tandem write database. It has been left alone; give another data \
            directory.
            """
        case .newerSchema(let path):
            """
            \(path) was written by a newer release than this one, which can't read it. It has \
            been left alone; start the newer release.
            """
        case .unavailable(let path, let reason, _):
            "\(path) can't be opened: \(reason)"
        case .copyFailed(let path, let reason): "\(path) can't be copied: \(reason)"
        case .unreadableMark(let mark):
            """
            \(mark) can't be read: it was damaged, or a newer release wrote it. If the database \
            beside it is the right one, move the mark away and start again.
            """
        case .logLost, .writeAheadLogLost, .anotherLog, .olderThanMark, .orphan, .holdsEvents:
            lossDescription
        }
    }

    private static let beginAnew = """
        To begin an empty log, start once with --begin-anew: what is here is then set aside, not \
        deleted.
        """

    private var lossDescription: String {
        switch self {
        case .logLost(let path, let mark, let found):
            """
            \(path) \(found.sentence), but \(mark) says that this directory holds a log. Put the \
            database back (with its -wal file, if it has one), or restore a backup. \
            \(Self.beginAnew)
            """
        case .writeAheadLogLost(let path, let mark):
            """
            \(path) is missing or empty, but the server was not stopped in an orderly way and \
            had its last commits there. Put it back, or restore a backup. If another program has \
            opened the database since, that one has moved the file's content into the database \
            and nothing is lost: then move \(mark) away and start again.
            """
        case .anotherLog(let path, let mark, let expected, let found):
            """
            \(path) holds the log \(found), but \(mark) says that this directory is of the log \
            \(expected). Put the right database back. If this one is to be used here, move the \
            mark away and start again.
            """
        case .olderThanMark(let path, let mark, let head, let known):
            """
            \(path) ends at position \(head), but \(mark) says that position \(known) had been \
            acknowledged: it is an older copy. Put the right database back. If this one is a \
            backup that is to be used as it is, move the mark away and start again; what came \
            after position \(head) is lost then.
            """
        case .orphan(let path, let orphan):
            """
            \(path) is missing or empty, but \(orphan) is there, so there was a log once. Put \
            the database back, or restore a backup. \(Self.beginAnew)
            """
        case .holdsEvents(let path, let head):
            """
            --begin-anew: \(path) holds a log of \(head) events. If they are not needed here, \
            move the data directory away, or give another one.
            """
        case .domain, .inUse, .notATandemDatabase, .newerSchema, .unavailable, .unreadableMark,
            .copyFailed:
            description
        }
    }
}

extension WriteStoreError.DatabaseContent {
    fileprivate var sentence: String {
        switch self {
        case .missing: "is missing"
        case .empty: "is empty (0 bytes)"
        case .foreign: "is not a Tandem write database"
        }
    }
}
