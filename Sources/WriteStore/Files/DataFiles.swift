internal import Foundation

/// The files that belong to one write database.
struct DataFiles: Sendable {
    /// The database itself.
    let database: String
    /// A copy of what the log says, whose presence shows that there was a log; `nil`: none is kept
    /// beside it.
    let copy: String?

    /// SQLite's own files are beside the real one where `database` is a link to it.
    private var target: String { DataFile.target(of: database) }

    var log: String { target + "-wal" }
    var sharedMemory: String { target + "-shm" }
    /// What takes back the database's very first commit, before it has a write-ahead log.
    var journal: String { target + "-journal" }
    var mark: String { database + ".mark" }
    var lock: String { database + ".lock" }

    /// What stands in the database's place.
    enum Content: Hashable, Sendable {
        case missing
        case empty
        /// Something that no write server has made.
        case foreign
        /// By its header at least, a write database.
        case ours
    }

    /// Reads the file's header instead of asking SQLite, which would change a foreign file on the
    /// way (its journal mode, or a recovery). The application's number is at offset 68
    /// (https://www.sqlite.org/fileformat2.html); it is written before anything else is.
    func content() throws(WriteStoreError) -> Content {
        guard let header = try DataFile.start(of: database, countMax: 100) else {
            return .missing
        }
        guard !header.isEmpty else { return .empty }
        guard header.count == 100, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            return .foreign
        }
        let applicationID = header[68..<72].reduce(0) { $0 << 8 | UInt32($1) }
        return applicationID == LogSchema.applicationID ? .ours : .foreign
    }

    /// True if the write-ahead log's file is there and holds anything.
    var hasLog: Bool { (DataFile.size(log) ?? 0) > 0 }

    /// True if a commit was cut short before the database had a write-ahead log.
    var hasJournal: Bool { (DataFile.size(journal) ?? 0) > 0 }

    /// The mark; `nil` if there is none.
    func readMark() throws(WriteStoreError) -> LogMark? {
        let countMax = LogMark.byteCountMax + 1
        guard let bytes = try DataFile.start(of: mark, countMax: countMax) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self), let read = LogMark(text) else {
            throw .unreadableMark(mark: mark)
        }
        return read
    }

    func write(_ newMark: LogMark) throws(WriteStoreError) {
        try DataFile.replace(mark, with: newMark.text)
    }

    func tighten() throws(WriteStoreError) {
        for path in [database, log, sharedMemory, journal, mark, lock] {
            try DataFile.tighten(path)
        }
    }

    /// Gives everything but the lock another name, so that a new log can begin; nothing is deleted.
    ///
    /// - Parameter newMark: takes the old one's place before anything else is moved: a start in
    ///   between, after a crash, then is refused and loses nothing.
    /// - Returns: what there was, and what it is called now.
    func setAside(
        for newMark: LogMark? = nil
    ) throws(WriteStoreError) -> [(old: String, new: String)] {
        let suffix = ".set-aside-" + Self.stamp(of: Date())
        var moved: [(old: String, new: String)] = []
        for base in [database, copy].compactMap(\.self) {
            var number = 1
            var name = base + suffix
            while DataFile.isThere(name) {
                number += 1
                name = base + suffix + "-\(number)"
            }
            // The endings stay at the end: SQLite finds a database's log by them.
            // Beside a link there are none: they stay beside the real file, and it finds them.
            for ending in [".mark", "-wal", "-shm", "-journal", ""] {
                if DataFile.isThere(base + ending) {
                    try DataFile.tighten(base + ending)
                    try DataFile.move(base + ending, to: name + ending)
                    moved.append((base + ending, name + ending))
                }
                if ending == ".mark", base == database, let newMark { try write(newMark) }
            }
        }
        try DataFile.synchronizeFolder(of: database)
        return moved
    }

    private static func stamp(of date: Date) -> String {
        let style = Date.ISO8601FormatStyle(
            dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt)
        return date.formatted(style)
    }
}
