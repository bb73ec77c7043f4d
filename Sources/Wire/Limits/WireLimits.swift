/// How much peers may ask of a server. SPEC.md, section "Limits", gives the defaults.
package struct WireLimits: Hashable, Sendable {
    /// HELLO, as its length field counts.
    package var helloLengthMax: UInt32 = 16 << 10
    package var welcomeLengthMax: UInt32 = 1 << 20
    /// A frame from a client.
    package var frameInLengthMax: UInt32 = 1 << 20
    /// A frame to a client.
    package var frameOutLengthMax: UInt32 = 4 << 20
    package var metadataByteCountMax = 8 << 10
    package var methodCountMax = 256
    /// Elements of a request, as ``MessageScan`` counts them: some 2 ms of decoding.
    package var requestElementCountMax = 16_384
    /// Requests that await their final frame; one more ends the connection.
    package var inFlightCountMax = 1_024
    /// Their bytes; beyond, reading pauses.
    package var inFlightByteCountMax = 16 << 20
    /// Bytes of pages that wait for credit; a page beyond is refused.
    package var heldPageByteCountMax = 16 << 20
    /// How long such a page waits for at least a sixteenth of it to be taken.
    package var heldPageTimeout: Duration = .seconds(30)
    /// Bytes of ITEM frames on a new stream before the first CREDIT.
    package var initialWindow: UInt32 = 256 << 10
    /// Bytes that wait to go out before reading pauses.
    package var outboundPauseByteCount = 1 << 20
    package var handshakeTimeout: Duration = .seconds(5)
    /// For a frame that was begun.
    package var frameTimeout: Duration = .seconds(30)
    /// For a peer that doesn't read what waits for it.
    package var writeStallTimeout: Duration = .seconds(30)
    /// Silence before a PING, and then before the end.
    package var pingAfter: Duration = .seconds(60)
    package var deadAfterPing: Duration = .seconds(20)
    /// PINGs, CANCELs for nothing, tiny CREDITs and skipped frames, in each window of 30 s.
    package var nuisanceCountMax = 200
    package var nuisanceWindow: Duration = .seconds(30)
    /// The longest that a query waits for a position.
    package var positionWaitMax: Duration = .seconds(5)
    /// How long a command's answer is kept under its key. A client that was cut off repeats within
    /// it, so less than a day is for tests.
    package var keyRetention: Duration = .seconds(24 * 60 * 60)
    /// Commands of all connections that wait for the writer, with those of a command's address and
    /// connection counted again.
    package var queuedCommandCountMax = 16_384
    /// What they hold in memory, an estimate, counted in the same way.
    package var queuedCommandByteCountMax = 64 << 20
    /// What the write-ahead log may hold, in bytes, before commands are turned down.
    package var logByteCountMax = 1 << 30
    /// Answers that may be kept under their keys, with those of a command's address counted again.
    package var keyCountMax = 1_000_000_000
    /// What the write database may hold before new commands are turned down: by default all that
    /// SQLite can, with pages of 4 KiB.
    package var databaseByteCountMax = 1 << 44
    /// What is left of the disk for what was recorded already, at most an eighth of it.
    package var diskReserveByteCount = 64 << 20
    /// Commands that an address may send, with a second's worth at once; 0: as many as it likes.
    package var commandsPerSecondPerAddressMax = 0
    package var connectionCountMax = 10_000
    package var connectionCountPerAddressMax = 256
    /// Connections whose handshake isn't complete.
    package var handshakeCountMax = 512
    /// Feed subscriptions of an address, and of all.
    package var subscriptionCountPerAddressMax = 64
    package var subscriptionCountMax = 1_024
    /// An address's queries that wait for a position or for freshness.
    package var waitingQueryCountPerAddressMax = 4_096

    /// Dictionaries in a WELCOME, at any setting: 24 of 32 KiB leave room in its 1 MiB.
    package static let dictionaryCountMax = 24

    package init() {}
}

/// The defaults of the three ports on loopback.
package enum DefaultPort {
    package static let command = 7_401
    package static let query = 7_402
    package static let feed = 7_403
}
