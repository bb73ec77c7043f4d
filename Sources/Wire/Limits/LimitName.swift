/// The limits that an operator can set, by the names that SPEC.md, section "Limits", gives them.
///
/// Values are whole numbers: bytes, counts or milliseconds, as the name's end says.
package enum LimitName: String, CaseIterable, Sendable {
    case helloBytes = "hello-bytes"
    case frameInBytes = "frame-in-bytes"
    case frameOutBytes = "frame-out-bytes"
    case metadataBytes = "metadata-bytes"
    case methods
    case requestElements = "request-elements"
    case inFlight = "in-flight"
    case inFlightBytes = "in-flight-bytes"
    case heldPageBytes = "held-page-bytes"
    case heldPageMs = "held-page-ms"
    case windowBytes = "window-bytes"
    case outboundPauseBytes = "outbound-pause-bytes"
    case handshakeMs = "handshake-ms"
    case frameMs = "frame-ms"
    case writeStallMs = "write-stall-ms"
    case pingAfterMs = "ping-after-ms"
    case deadAfterPingMs = "dead-after-ping-ms"
    case nuisances
    case nuisanceWindowMs = "nuisance-window-ms"
    case positionWaitMs = "position-wait-ms"
    case keyRetentionMs = "key-retention-ms"
    case queue
    case queueBytes = "queue-bytes"
    case walBytes = "wal-bytes"
    case keys
    case databaseBytes = "database-bytes"
    case diskReserveBytes = "disk-reserve-bytes"
    case commandsPerSecondPerAddress = "commands-per-second-per-address"
    case connections
    case connectionsPerAddress = "connections-per-address"
    case connectionsInHandshake = "connections-in-handshake"
    case subscriptionsPerAddress = "subscriptions-per-address"
    case subscriptions
    case waitingQueriesPerAddress = "waiting-queries-per-address"

    /// What can be set. Frames have at least what an error and its details take, and at most the
    /// ceiling; times are at most a day, and 30 days for keys; methods at most what a WELCOME of
    /// 1 MiB holds beside the dictionaries; but for the rate of an address, nothing is unlimited.
    package var range: ClosedRange<Int> {
        let ceiling = Int(FrameHeader.lengthCeiling)
        return switch self {
        case .helloBytes: 256...(1 << 20)
        case .frameInBytes, .frameOutBytes: (16 << 10)...ceiling
        case .metadataBytes: 64...65_535
        case .methods: 1...16_384
        case .requestElements: 256...10_000_000
        case .inFlight, .nuisances, .queue: 1...1_000_000
        case .inFlightBytes, .heldPageBytes, .outboundPauseBytes: (16 << 10)...(1 << 30)
        case .windowBytes: 1...Int(Int32.max)
        case .handshakeMs, .frameMs, .heldPageMs, .writeStallMs, .pingAfterMs, .deadAfterPingMs,
            .nuisanceWindowMs, .positionWaitMs:
            1...86_400_000
        case .keyRetentionMs: 1...(30 * 86_400_000)
        case .queueBytes: (1 << 20)...(1 << 34)
        case .walBytes: (1 << 20)...(1 << 40)
        case .keys: 1...(1 << 40)
        case .databaseBytes: (1 << 20)...(1 << 44)
        case .diskReserveBytes: 0...(1 << 40)
        case .commandsPerSecondPerAddress: 0...1_000_000
        case .connections, .connectionsPerAddress, .connectionsInHandshake: 1...1_000_000
        case .subscriptionsPerAddress, .subscriptions: 4...1_000_000
        case .waitingQueriesPerAddress: 1...1_000_000
        }
    }

    /// One line for the operator.
    package var summary: String {
        switch self {
        case .helloBytes: "the longest HELLO"
        case .frameInBytes: "the longest frame from a client"
        case .frameOutBytes: "the longest frame to a client"
        case .metadataBytes: "the metadata entries of a frame"
        case .methods: "methods that HELLO may list"
        case .requestElements: "fields and numbers of a request, inner ones too"
        case .inFlight: "calls in flight on a connection"
        case .inFlightBytes: "bytes of open requests before reading pauses"
        case .heldPageBytes: "bytes of a connection's pages that wait for credit"
        case .heldPageMs: "for a sixteenth of such a page to be taken"
        case .windowBytes: "credit of a new stream, if HELLO doesn't say"
        case .outboundPauseBytes: "bytes that wait to go out before reading pauses"
        case .handshakeMs: "for the whole handshake"
        case .frameMs: "for a frame that was begun"
        case .writeStallMs: "for a peer that does not read"
        case .pingAfterMs: "silence before a PING"
        case .deadAfterPingMs: "silence after that before the end"
        case .nuisances: "frames that carry no work, in each window"
        case .nuisanceWindowMs: "that window"
        case .positionWaitMs: "the longest that a query waits for a position"
        case .keyRetentionMs: "how long a command's answer is kept under its key"
        case .queue: "commands that wait for the writer, of all connections"
        case .queueBytes: "the memory that they hold, an estimate; less where --memory leaves less"
        case .walBytes: "the write-ahead log, before new commands are refused"
        case .keys: "answers kept under their keys"
        case .databaseBytes: "the write database, before new commands are refused"
        case .diskReserveBytes: "left free on the disk, at most an eighth of it"
        case .commandsPerSecondPerAddress: "commands from one address; 0: any number"
        case .connections: "connections of a port"
        case .connectionsPerAddress: "connections from one address, IPv6 by its first 64 bits"
        case .connectionsInHandshake: "connections whose handshake is not complete"
        case .subscriptionsPerAddress: "feed subscriptions from one address"
        case .subscriptions: "feed subscriptions of all connections"
        case .waitingQueriesPerAddress: "queries from one address that wait"
        }
    }
}

extension WireLimits {
    /// One limit by its name: read, or written within its range.
    package subscript(_ name: LimitName) -> Int {
        get { access(name).get(self) }
        set {
            precondition(name.range.contains(newValue), "A limit lies within its range.")
            access(name).set(&self, newValue)
        }
    }

    /// A stored limit, of whatever type, as a number.
    private struct Access {
        let get: (WireLimits) -> Int
        let set: (inout WireLimits, Int) -> Void

        init(_ path: WritableKeyPath<WireLimits, Int>) {
            get = { $0[keyPath: path] }
            set = { $0[keyPath: path] = $1 }
        }

        init(_ path: WritableKeyPath<WireLimits, UInt32>) {
            get = { Int($0[keyPath: path]) }
            set = { $0[keyPath: path] = UInt32(clamping: $1) }
        }

        init(_ path: WritableKeyPath<WireLimits, Duration>) {
            get = { Int($0[keyPath: path] / .milliseconds(1)) }
            set = { $0[keyPath: path] = .milliseconds($1) }
        }
    }

    private func access(_ name: LimitName) -> Access {
        switch name {
        case .helloBytes: Access(\.helloLengthMax)
        case .frameInBytes: Access(\.frameInLengthMax)
        case .frameOutBytes: Access(\.frameOutLengthMax)
        case .metadataBytes: Access(\.metadataByteCountMax)
        case .methods: Access(\.methodCountMax)
        case .requestElements: Access(\.requestElementCountMax)
        case .inFlight: Access(\.inFlightCountMax)
        case .inFlightBytes: Access(\.inFlightByteCountMax)
        case .heldPageBytes: Access(\.heldPageByteCountMax)
        case .heldPageMs: Access(\.heldPageTimeout)
        case .windowBytes: Access(\.initialWindow)
        case .outboundPauseBytes: Access(\.outboundPauseByteCount)
        case .handshakeMs: Access(\.handshakeTimeout)
        case .frameMs: Access(\.frameTimeout)
        case .writeStallMs: Access(\.writeStallTimeout)
        case .pingAfterMs: Access(\.pingAfter)
        case .deadAfterPingMs: Access(\.deadAfterPing)
        case .nuisances: Access(\.nuisanceCountMax)
        case .nuisanceWindowMs: Access(\.nuisanceWindow)
        case .positionWaitMs: Access(\.positionWaitMax)
        case .keyRetentionMs: Access(\.keyRetention)
        case .queue: Access(\.queuedCommandCountMax)
        case .queueBytes: Access(\.queuedCommandByteCountMax)
        case .walBytes: Access(\.logByteCountMax)
        case .keys: Access(\.keyCountMax)
        case .databaseBytes: Access(\.databaseByteCountMax)
        case .diskReserveBytes: Access(\.diskReserveByteCount)
        case .commandsPerSecondPerAddress: Access(\.commandsPerSecondPerAddressMax)
        case .connections: Access(\.connectionCountMax)
        case .connectionsPerAddress: Access(\.connectionCountPerAddressMax)
        case .connectionsInHandshake: Access(\.handshakeCountMax)
        case .subscriptionsPerAddress: Access(\.subscriptionCountPerAddressMax)
        case .subscriptions: Access(\.subscriptionCountMax)
        case .waitingQueriesPerAddress: Access(\.waitingQueryCountPerAddressMax)
        }
    }
}
