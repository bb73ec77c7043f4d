public import TandemCore
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
    /// The memory of the server's process; `nil` if it doesn't say.
    public let memory: Memory?
    /// Why the server is not as it should be, one sentence each, as its health says; empty if all
    /// is well.
    public let troubles: [String]
    /// Since the server started.
    public let uptime: Duration

    /// What a server's process may take of memory, and has taken. The two sides of one process
    /// say the same.
    public struct Memory: Hashable, Sendable {
        /// The bound (`--memory`).
        public let budgetByteCount: UInt64
        /// What the process has to itself, by the operating system; 0 if that isn't known.
        public let residentByteCount: UInt64
        /// So little is left that new work is refused with MEMORY_FULL.
        public let isShort: Bool
        /// How often something was refused for want of memory since the server started.
        public let refusalCount: UInt64
        /// What it was taken for, for example `documents`, in the server's order.
        public let uses: [Use]

        /// One purpose, and what it takes at the moment.
        public struct Use: Hashable, Sendable {
            /// As the server calls it.
            public let name: String
            /// In bytes.
            public let byteCount: UInt64
        }
    }

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
        memory = message.hasMemory ? Memory(message.memory) : nil
        building =
            message.buildingUntilPosition == 0
            ? nil
            : Building(
                target: LogPosition(rawValue: message.buildingUntilPosition),
                left: message.buildingLeftMs == 0
                    ? nil : .milliseconds(Int64(clamping: message.buildingLeftMs)))
        pendingFanOuts = message.pendingFanOuts
        queueLength = message.queueLength
        troubles = message.troubles
        uptime = .milliseconds(Int64(clamping: message.uptimeMs))
    }
}

extension TandemClient {
    /// How the write server is, asked over the command port.
    public func writeStatus(
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> ServerStatus {
        ServerStatus(
            try await status(of: .command, options: options))
    }

    /// How the read server is, asked over the query port.
    public func readStatus(
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> ServerStatus {
        ServerStatus(
            try await status(of: .query, options: options))
    }
}

extension ServerStatus.Memory {
    fileprivate init(_ message: Tandem_Meta_V1_MemoryStatus) {
        budgetByteCount = message.budgetBytes
        residentByteCount = message.residentBytes
        isShort = message.isShort
        refusalCount = message.refusals
        uses = message.uses.map { Use(name: $0.name, byteCount: $0.bytes) }
    }
}
