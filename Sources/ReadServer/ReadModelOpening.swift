import Domain
import EventModel
import Foundation
import Logging
import NIOCore
import Projection
import SnapshotStore
import Transport
import Wire
import WireMessages

/// Opens the durable copy, and decides whether it may be used.
struct ReadModelOpening<Application: Domain>: Sendable {
    /// The log that the documents come from.
    struct Source: Sendable {
        let epoch: LogEpoch
        let clusterID: [UInt8]
    }

    /// A connection to the feed that is open already.
    struct FeedStart: Sendable {
        let connection: ClientConnection
        let head: LogPosition
    }

    private let schema: [CollectionSchema]
    private let configuration: ReadServer.Configuration
    private let logger: Logger

    init(_ domain: Application, configuration: ReadServer.Configuration, logger: Logger) {
        schema = domain.documents.map { $0.collection }
        self.configuration = configuration
        self.logger = logger
    }

    private var path: String { configuration.snapshotPath }

    /// The first connection to the feed, and how far its log goes; `nil` if the write server
    /// isn't there and the copy can answer without it.
    func firstConnection(group: any EventLoopGroup) async throws -> FeedStart? {
        while true {
            do throws(CallFailure) {
                return try await connect(group)
            } catch {
                if canAnswerAlone { return nil }
                logger.notice(
                    "waiting for the write server",
                    metadata: [
                        "feed": "\(configuration.feedAddress)", "reason": "\(error.message)",
                    ])
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func connect(_ group: any EventLoopGroup) async throws(CallFailure) -> FeedStart {
        let connection = try await FeedSubscriber.connect(
            to: configuration.feedAddress, group: group)
        do throws(CallFailure) {
            return FeedStart(
                connection: connection, head: try await FeedSubscriber.head(of: connection))
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Whether the copy knows its log. One that can't be opened is for ``load(_:)`` to report.
    private var canAnswerAlone: Bool {
        guard FileManager.default.fileExists(atPath: path) else { return false }
        do throws(SnapshotFileError) {
            let file = try SnapshotFile(path: path, schema: schema)
            defer { try? file.close() }
            return try file.checkpoint() != nil
        } catch {
            return true
        }
    }

    /// The copy in memory. One that is of another log, or damaged, is discarded: the feed has it
    /// all.
    func load(
        _ feed: FeedStart?
    ) throws(SnapshotFileError) -> (SnapshotStore, SnapshotFile, Source) {
        do throws(SnapshotFileError) {
            if let loaded = try use(feed) { return loaded }
        } catch {
            guard error.isCuredByDiscarding, feed != nil else { throw error }
            logger.error("discarding the durable copy and rebuilding it: \(error)")
        }
        try SnapshotFile.discard(path: path)
        if let loaded = try use(feed) { return loaded }
        throw .unavailable(path: path, detail: "a new file has the checkpoint of another log")
    }

    /// `nil` if the copy is of another log than the feed, or of more of it than there is: then
    /// the write database was restored from a backup.
    private func use(
        _ feed: FeedStart?
    ) throws(SnapshotFileError) -> (SnapshotStore, SnapshotFile, Source)? {
        let file = try SnapshotFile(path: path, schema: schema)
        let store = SnapshotStore(schema: schema)
        let checkpoint = try file.load(into: store)
        if let feed, let checkpoint,
            checkpoint.epoch != feed.connection.epoch || checkpoint.position > feed.head
        {
            logger.error(
                "the durable copy is of another log; discarding it and rebuilding",
                metadata: [
                    "copy": "\(checkpoint.epoch)-\(checkpoint.position)",
                    "feed": "\(feed.connection.epoch)-\(feed.head)",
                ])
            try file.close()
            return nil
        }
        if let position = checkpoint?.position {
            logger.info("loaded the durable copy", metadata: ["position": "\(position)"])
        }
        guard let epoch = feed?.connection.epoch ?? checkpoint?.epoch else {
            throw .unavailable(path: path, detail: "it is empty, and there is no write server")
        }
        let clusterID = feed.map { Array($0.connection.welcome.clusterID) } ?? []
        return (store, file, Source(epoch: epoch, clusterID: clusterID))
    }
}
