/// Which sizes of the write-ahead log an operator is told of: each doubling beyond what is usual,
/// the bound, and the way back. Pure; one line for a change, however many groups pass meanwhile.
struct LogSizeReport {
    private let usualPageCount: Int
    private let pageCountMax: Int
    /// The size at which the next line is due.
    private var nextPageCount: Int
    private var isRefusing = false
    private var isPutOff = false

    private static let pageByteCount = 4_096

    init(pageCountDue: Int, pageCountMax: Int) {
        // Two checkpoints may come to nothing by chance, while the feed reads.
        usualPageCount = 4 * pageCountDue
        self.pageCountMax = pageCountMax
        nextPageCount = usualPageCount
    }

    /// After a group: a line for the log, or `nil`.
    mutating func observe(pageCount: Int) -> String? {
        if pageCount < usualPageCount {
            guard nextPageCount > usualPageCount || isRefusing else { return nil }
            nextPageCount = usualPageCount
            isRefusing = false
            return "the write-ahead log starts over: the reader that held it has gone"
        }
        guard pageCount >= nextPageCount else { return nil }
        while nextPageCount <= pageCount { nextPageCount *= 2 }
        return """
            the write-ahead log has grown to \(Self.size(pageCount)), because a reader of the \
            write database (a shell, a backup) holds on to an old state; at \
            \(Self.size(pageCountMax)) new commands are refused
            """
    }

    /// When a group was turned down: a line for the log, or `nil`.
    mutating func refuse(pageCount: Int) -> String? {
        guard !isRefusing else { return nil }
        isRefusing = true
        return """
            the write-ahead log has \(Self.size(pageCount)), of \(Self.size(pageCountMax)) at \
            most (--limit wal-bytes): new commands are refused until the reader that holds on to \
            it has gone; `fuser` or `lsof` on the database name the process
            """
    }

    /// When the disk was too full for a checkpoint: a line for the log, or `nil`.
    ///
    /// Nothing is lost by it: the write-ahead log still holds everything. But it is tried with
    /// each group when the log is at its bound.
    mutating func putOff(_ reason: String) -> String? {
        guard !isPutOff else { return nil }
        isPutOff = true
        return "a checkpoint is put off until the disk has room: \(reason)"
    }

    /// When one has succeeded.
    mutating func didCheckpoint() {
        isPutOff = false
    }

    private static func size(_ pageCount: Int) -> String {
        let (bytes, overflow) = pageCount.multipliedReportingOverflow(by: pageByteCount)
        return overflow ? "\(pageCount) pages" : "\(bytes >> 20) MiB"
    }
}
