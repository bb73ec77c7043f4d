internal import GRDB
package import TandemCore

/// Reads committed events, for the feed: a read-only connection of its own, so that readers and
/// the writer don't wait for each other. An event that isn't what was committed is not read: each
/// one's digest is checked.
///
/// Unchecked: the statements are touched inside the connection's serial access only.
package final class EventLogReader: @unchecked Sendable {
    private let connection: DatabaseQueue
    private let select: PreparedStatement
    private let selectHead: PreparedStatement
    private let selectDigest: PreparedStatement
    /// Before the first event.
    let beginning: LogChain
    /// Where the last read has ended: the next one begins there, as a rule.
    private var chain: LogChain?

    /// `path` is the database of an open ``WriteStore``.
    package convenience init(path: String) throws(WriteStoreError) {
        var settings = Configuration()
        settings.label = "tandem.log-reader"
        settings.readonly = true
        settings.busyMode = .timeout(5)
        settings.prepareDatabase { try WriteConnection($0).guardFile() }
        do { try self.init(DatabaseQueue(path: path, configuration: settings)) } catch {
            throw .unavailable(path: path, because: error)
        }
    }

    init(_ connection: DatabaseQueue) throws {
        self.connection = connection
        (select, selectHead, selectDigest, beginning) = try connection.inDatabase { database in
            let connection = try WriteConnection(database)
            return (
                try connection.prepare(
                    """
                    SELECT \(EventRow.columns)
                    FROM events WHERE position > ? ORDER BY position LIMIT ?
                    """),
                try connection.prepare("SELECT ifnull(max(position), 0) FROM events"),
                try connection.prepare("SELECT digest FROM events WHERE position = ?"),
                try LogChain(beginningOf: connection)
            )
        }
    }

    /// The events after `position`, in order: at most `countMax`, and no more than fit into
    /// `byteCountMax` bytes of stream, type, payload and metadata; but one at least, if there is
    /// one.
    package func events(
        after position: LogPosition, countMax: Int, byteCountMax: Int
    ) throws(StorageError) -> [RecordedEvent] {
        let result: Result<[RecordedEvent], StorageError> = connection.inDatabase { _ in
            Result { () throws(StorageError) in
                try read(after: position, countMax: countMax, byteCountMax: byteCountMax)
            }
        }
        return try result.get()
    }

    /// The log's digest at a position; `nil` if there is no event.
    package func digest(at position: LogPosition) throws(StorageError) -> [UInt8]? {
        let result: Result<[UInt8]?, StorageError> = connection.inDatabase { _ in
            Result { () throws(StorageError) in
                if let chain, chain.end.position == position { return chain.end.digest }
                return try readDigest(at: position)
            }
        }
        return try result.get()
    }

    /// Where the last read has ended.
    var end: LogEnd { (chain ?? beginning).end }

    /// The last committed position.
    package func head() throws(StorageError) -> LogPosition {
        let result: Result<Int64?, StorageError> = connection.inDatabase { _ in
            Result { () throws(StorageError) in
                try selectHead.first { row throws(StorageError) in try row.int64(at: 0) }
            }
        }
        return LogPosition(rawValue: UInt64(clamping: try result.get() ?? 0))
    }

    /// As ``events(after:countMax:byteCountMax:)``, inside an access to the connection.
    func read(
        after position: LogPosition, countMax: Int, byteCountMax: Int
    ) throws(StorageError) -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        var byteCount = 0
        var chain = try chain(at: position)
        select.bind(1, Int64(clamping: position.rawValue))
        select.bind(2, Int64(clamping: max(countMax, 1)))
        // Ends the read transaction, too, which would keep the writer's log from starting over.
        defer { select.reset() }
        while true {
            let last = chain.end
            let event: RecordedEvent
            do throws(StorageError) {
                guard try select.step() else { break }
                event = try EventRow.event(select, on: &chain)
            } catch {
                // What comes before it is as good as ever; the next read begins with it.
                guard events.isEmpty else { break }
                guard error.isTooLarge else { throw error }
                throw .damagedRow(
                    "events, the first with position > \(last.position): it is too large")
            }
            byteCount += event.byteCount
            if byteCount > byteCountMax, !events.isEmpty {
                chain.end = last
                break
            }
            events.append(event)
        }
        self.chain = chain
        return events
    }

    private func chain(at position: LogPosition) throws(StorageError) -> LogChain {
        if let chain, chain.end.position == position { return chain }
        guard position > .beginning else { return beginning }
        // Behind the last event nothing follows, whatever its digest.
        let digest = try readDigest(at: position) ?? []
        return LogChain(after: LogEnd(position: position, digest: digest))
    }

    private func readDigest(at position: LogPosition) throws(StorageError) -> [UInt8]? {
        selectDigest.bind(1, Int64(clamping: position.rawValue))
        return try selectDigest.first { row throws(StorageError) in
            try LogChain.digest(row, at: 0)
        }
    }
}

extension RecordedEvent {
    fileprivate var byteCount: Int {
        payload.count + metadata.count + stream.rawValue.utf8.count + type.utf8.count
    }
}
