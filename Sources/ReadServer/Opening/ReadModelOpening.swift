import Budget
import DocumentStore
import Foundation
import Logging
import NIOCore
import Projection
import TandemCore
import TandemDomain
import Transport
import Wire
import WireMessages

/// Opens the durable copy, and decides whether it may be used.
struct ReadModelOpening: Sendable {
    /// The log that the documents come from.
    struct Source: Sendable {
        let epoch: LogEpoch
        let clusterID: [UInt8]
    }

    /// A connection to the feed that is open already.
    struct FeedStart: Sendable {
        let connection: ClientConnection
        let head: LogPosition
        /// Whether the copy was made of other events than this log has.
        var isOfAnotherLog = false
    }

    /// What a read server begins with.
    struct LoadedModel: Sendable {
        let store: DocumentStore
        let file: DocumentFile
        let pending: FanOutSet?
        let source: Source
        /// Why there are no documents although the copy has some: it is left as it is.
        var obstacle: String?
        /// What the copy knows of the log.
        var known: LogEnd?
    }

    private let documents: [any ProjectedDocument.Type]
    private let reducer: any Reducer
    private let configuration: ReadServer.Configuration
    private let logger: Logger

    init(
        _ domain: CheckedDomain, configuration: ReadServer.Configuration,
        logger: Logger
    ) {
        documents = domain.documents
        reducer = domain.reducer
        self.configuration = configuration
        self.logger = logger
    }

    private var path: String { configuration.documentsPath }
    private var schema: [CollectionSchema] { documents.map { $0.collection } }

    /// The first connection to the feed, and how far its log goes; `nil` if the write server
    /// isn't there and the copy can answer without it.
    func firstConnection(group: any EventLoopGroup) async throws -> FeedStart? {
        var outage = OutageLog()
        while true {
            do throws(CallFailure) {
                return try await connect(group)
            } catch {
                if canAnswerAlone { return nil }
                if let reason = outage.failed(because: error.message, now: .current) {
                    logger.notice(
                        "waiting for the write server",
                        metadata: [
                            "feed": "\(configuration.feedAddress)", "reason": "\(reason)",
                        ])
                }
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func connect(_ group: any EventLoopGroup) async throws(CallFailure) -> FeedStart {
        let connection = try await FeedSubscriber.connect(
            to: configuration.feedAddress, group: group)
        do throws(CallFailure) {
            let head = try await FeedSubscriber.head(of: connection)
            var start = FeedStart(connection: connection, head: head)
            if let end = knownEnd(of: connection.epoch), end.position <= head {
                start.isOfAnotherLog = try await !FeedSubscriber.holds(end, connection)
            }
            return start
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Where the copy is, if it is of a log with this epoch and knows what that held; one that
    /// can't be read is for ``load(_:)`` to report.
    private func knownEnd(of epoch: LogEpoch) -> LogEnd? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        // Why not is told when it is loaded.
        guard let file = try? openFile() else { return nil }
        // Nothing was written to it.
        defer { try? file.close() }
        // The same.
        guard let checkpoint = try? file.checkpoint(), checkpoint.epoch == epoch else { return nil }
        return checkpoint.known
    }

    /// Whether the copy knows its log. One that can't be opened is for ``load(_:)`` to report.
    private var canAnswerAlone: Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        do throws(DocumentFileError) {
            let file = try openFile()
            // Nothing was written to it.
            defer { try? file.close() }
            return try file.checkpoint() != nil
        } catch {
            return true
        }
    }

    /// The copy in memory. One that is of another log, or damaged, is set aside under another name,
    /// never deleted: should the log be the wrong one, it is the last that there is.
    func load(_ feed: FeedStart?) throws(DocumentFileError) -> LoadedModel {
        do throws(DocumentFileError) {
            let (loaded, copy) = try use(feed)
            guard let suffix = stranger(copy, feed) else { return loaded }
            try loaded.file.close()
            try setAside(
                as: suffix,
                because: "it is of another log than the write server's, or of more of it")
        } catch {
            if case .tooLarge = error { return try withoutDocuments(feed, because: "\(error)") }
            guard let suffix = error.setAsideSuffix, feed != nil else { throw error }
            try setAside(as: suffix, because: "\(error)")
        }
        return try use(feed).model
    }

    /// The suffix for a copy of another log than the feed, or of more of it than there is: then
    /// the write database was replaced, or restored from a backup. `nil` if it may be used.
    private func stranger(_ copy: FileCheckpoint?, _ feed: FeedStart?) -> String? {
        guard let feed, let copy,
            copy.epoch != feed.connection.epoch || copy.position > feed.head || feed.isOfAnotherLog
        else { return nil }
        return "of-\(copy.epoch)"
    }

    private func openFile() throws(DocumentFileError) -> DocumentFile {
        try DocumentFile(
            path: path, schema: schema,
            cacheByteCountMax: MemoryRoom.fileCacheByteCountMax(configuration.memory))
    }

    private func setAside(as suffix: String, because reason: String) throws(DocumentFileError) {
        guard let target = try DocumentFile.setAside(path: path, as: suffix) else { return }
        logger.error(
            "the durable copy is set aside, and the documents are built anew from the log",
            metadata: ["reason": "\(reason)", "now": "\(target)"])
    }

    private func use(
        _ feed: FeedStart?
    ) throws(DocumentFileError) -> (model: LoadedModel, copy: FileCheckpoint?) {
        let file = try openFile()
        let store = DocumentStore(schema: schema)
        let checkpoint: FileCheckpoint?
        do throws(DocumentFileError) {
            checkpoint = try file.load(
                into: store, memoryByteCountMax: configuration.memory.loadedDocumentByteCountMax)
        } catch {
            // Why it can't be used is the error to tell.
            try? file.close()
            throw error
        }
        if let position = checkpoint?.position {
            logger.info("loaded the durable copy", metadata: ["position": "\(position)"])
        }
        guard let epoch = feed?.connection.epoch ?? checkpoint?.epoch else {
            throw .unavailable(path: path, detail: "it is empty, and there is no write server")
        }
        let clusterID = feed.map { Array($0.connection.welcome.clusterID) } ?? []
        let model = LoadedModel(
            store: store, file: file, pending: try pending(checkpoint, in: store),
            source: Source(epoch: epoch, clusterID: clusterID), known: checkpoint?.known)
        return (model, checkpoint)
    }

    /// An empty store beside a copy whose documents find no room: the server says so to whoever
    /// asks, and the write side of its process does its work.
    private func withoutDocuments(
        _ feed: FeedStart?, because obstacle: String
    ) throws(DocumentFileError) -> LoadedModel {
        let file = try openFile()
        let copy = try file.checkpoint()
        if let suffix = stranger(copy, feed) {
            try file.close()
            try setAside(as: suffix, because: "it is of another log, and too large besides")
            return try use(feed).model
        }
        guard let epoch = feed?.connection.epoch ?? copy?.epoch else {
            throw .unavailable(path: path, detail: "it does not say of which log it is")
        }
        logger.critical("the documents can't be loaded", metadata: ["reason": "\(obstacle)"])
        let clusterID = feed.map { Array($0.connection.welcome.clusterID) } ?? []
        return LoadedModel(
            store: DocumentStore(schema: schema), file: file, pending: nil,
            source: Source(epoch: epoch, clusterID: clusterID), obstacle: obstacle)
    }

    /// What the copy's readers have to apply; published, so that they do.
    private func pending(
        _ checkpoint: FileCheckpoint?, in store: DocumentStore
    ) throws(DocumentFileError) -> FanOutSet? {
        guard let checkpoint, !checkpoint.unfinished.isEmpty else { return nil }
        let pending: FanOutSet?
        do throws(ReductionError) {
            pending = try FanOutSet(
                of: checkpoint.unfinished, reducer: reducer, collections: documents)
        } catch {
            throw .damaged(path: path, detail: "an unfinished event can't be projected: \(error)")
        }
        store.publish([], position: checkpoint.position, overlay: pending)
        return pending
    }
}
