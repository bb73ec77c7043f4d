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

    private let schema: [CollectionSchema]
    private let configuration: ReadServer.Configuration
    private let logger: Logger

    init(_ domain: Application, configuration: ReadServer.Configuration, logger: Logger) {
        schema = domain.documents.map { $0.collection }
        self.configuration = configuration
        self.logger = logger
    }

    private var path: String { configuration.snapshotPath }

    /// The first connection to the feed; `nil` if the write server isn't there and the copy can
    /// answer without it.
    func firstConnection(group: any EventLoopGroup) async throws -> ClientConnection? {
        while true {
            do throws(CallFailure) {
                return try await FeedSubscriber.connect(
                    to: configuration.feedAddress, group: group)
            } catch {
                if FileManager.default.fileExists(atPath: path) { return nil }
                logger.notice(
                    "waiting for the write server",
                    metadata: [
                        "feed": "\(configuration.feedAddress)", "reason": "\(error.message)",
                    ])
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// The copy in memory. One that is of another log, or damaged, is discarded: the feed has it
    /// all.
    func load(
        _ feed: ClientConnection?
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

    /// `nil` if the copy is of another log than the feed.
    private func use(
        _ feed: ClientConnection?
    ) throws(SnapshotFileError) -> (SnapshotStore, SnapshotFile, Source)? {
        let file = try SnapshotFile(path: path, schema: schema)
        let store = SnapshotStore(schema: schema)
        let checkpoint = try file.load(into: store)
        if let feed, let checkpoint, checkpoint.epoch != feed.epoch {
            logger.error(
                "the durable copy is of another log; discarding it and rebuilding",
                metadata: ["copy": "\(checkpoint.epoch)", "feed": "\(feed.epoch)"])
            try file.close()
            return nil
        }
        if let position = checkpoint?.position {
            logger.info("loaded the durable copy", metadata: ["position": "\(position)"])
        }
        let epoch = feed?.epoch ?? checkpoint?.epoch ?? LogEpoch(rawValue: 0)
        return (
            store, file,
            Source(epoch: epoch, clusterID: feed.map { Array($0.welcome.clusterID) } ?? [])
        )
    }
}
