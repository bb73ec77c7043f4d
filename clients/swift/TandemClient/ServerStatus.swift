public import EventModel
package import WireMessages

/// What a server says about itself.
public struct ServerStatus: Hashable, Sendable {
    /// `write` or `read`.
    public let role: String
    /// Which log the positions belong to.
    public let epoch: LogEpoch
    /// The write server: the log's last position. A read server: the last it has heard of.
    public let head: LogPosition
    /// A read server: what its answers reflect.
    public let readPosition: LogPosition
    /// A read server: how long ago its answers were known to be complete; `nil` if they have not
    /// been since it started.
    public let staleness: Duration?
    /// A read server: whether it is connected to the feed.
    public let isFeedConnected: Bool
    /// A read server: what it holds.
    public let collections: [Collection]
    /// A read server whose documents are being built: where they have to get before it answers.
    public let building: Building?
    /// A read server: events whose change of many documents is in every answer, and not yet written
    /// into all of those documents.
    public let pendingFanOuts: UInt64
    /// The write server: commands that wait for the writer.
    public let queueLength: UInt64
    /// Since the server started.
    public let uptime: Duration

    /// What has to be done before queries are answered.
    public struct Building: Hashable, Sendable {
        /// The position that the documents have to reach.
        public let target: LogPosition
        /// About how long that takes; `nil` while that can't be told.
        public let left: Duration?
    }

    /// The documents of one kind, and their sizes in bytes.
    public struct Collection: Hashable, Sendable {
        /// As the domain calls it.
        public let name: String
        /// How many there are.
        public let documentCount: UInt64
        /// Before compression.
        public let rawByteCount: UInt64
        /// As stored.
        public let storedByteCount: UInt64
        /// Everything that the collection takes in memory.
        public let memoryByteCount: UInt64
    }

    package init(_ message: Tandem_Meta_V1_StatusReply) {
        role = message.role
        epoch = LogEpoch(rawValue: message.logEpoch)
        head = LogPosition(rawValue: message.headPosition)
        readPosition = LogPosition(rawValue: message.readPosition)
        staleness =
            message.stalenessMs >= UInt64(UInt32.max)
            ? nil : .milliseconds(Int64(clamping: message.stalenessMs))
        isFeedConnected = message.feedConnected
        collections = message.collections.map {
            Collection(
                name: $0.name, documentCount: $0.documents, rawByteCount: $0.rawBytes,
                storedByteCount: $0.storedBytes, memoryByteCount: $0.memoryBytes)
        }
        building =
            message.buildingUntilPosition == 0
            ? nil
            : Building(
                target: LogPosition(rawValue: message.buildingUntilPosition),
                left: message.buildingLeftMs == 0
                    ? nil : .milliseconds(Int64(clamping: message.buildingLeftMs)))
        pendingFanOuts = message.pendingFanOuts
        queueLength = message.queueLength
        uptime = .milliseconds(Int64(clamping: message.uptimeMs))
    }
}

extension TandemClient {
    /// How the write server is, asked over the command port.
    public func writeStatus(
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> ServerStatus {
        ServerStatus(
            try await detached(
                CommandMethod.status, Tandem_Meta_V1_StatusRequest(), options: options))
    }

    /// How the read server is, asked over the query port.
    public func readStatus(
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> ServerStatus {
        ServerStatus(
            try await detached(
                QueryMethod.status, Tandem_Meta_V1_StatusRequest(), options: options))
    }
}
