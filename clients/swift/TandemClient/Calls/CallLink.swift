package import NIOCore
import NIOPosix
package import TandemCore
package import Transport
import Wire

/// A connection as the client's own machinery sees it, so that tests can stand in for a server.
package protocol CallLink: Sendable {
    var eventLoop: any EventLoop { get }
    var isOpen: Bool { get }
    /// How it has fared, for whoever makes the next one.
    var end: ConnectionEnd { get }
    /// How many calls the server lets be open at once on this connection.
    var inFlightCountMax: Int { get }
    /// The server's cluster; `nil`: it does not know yet.
    var clusterID: ClusterID? { get }
    /// Whether a method's calls may be made again, by the server's word.
    func retryPolicy(of method: Int) -> RetryPolicy
    /// How long the server keeps answers under their keys; `nil`: not known.
    var keyRetention: Duration? { get }
    /// Sends a call; its sink hears of it on the event loop, exactly one final event last.
    func send(_ call: OutboundCall, sink: any CallSink)
    /// Sends a call and waits for its end; ends with CANCELLED when the task is cancelled.
    func complete(_ call: consuming OutboundCall) async throws(CallFailure) -> CompletedCall
    func close() async
}

/// Makes connections.
package protocol LinkDialer: Sendable {
    /// A loop for work that belongs to no connection yet.
    var eventLoop: any EventLoop { get }
    func dial(
        _ port: TandemPort, on group: any EventLoopGroup
    ) async throws(CallFailure) -> any CallLink
}

extension ClientConnection: CallLink {
    package func send(_ call: OutboundCall, sink: any CallSink) {
        start(call, sink: sink)
    }
}

/// Dials real servers.
package struct TransportDialer: LinkDialer {
    private let configuration: TandemConfiguration
    private let methods: CallMethods
    private let wantsChecksums: Bool?
    private let speaksJSON: Bool
    private let heldCommandDictionaries = HeldDictionaries()
    private let heldQueryDictionaries = HeldDictionaries()

    /// - Parameters:
    ///   - wantsChecksums: whatever the address; `nil`: unless it is loopback.
    ///   - speaksJSON: whether bodies are JSON.
    package init(
        _ configuration: TandemConfiguration, _ methods: CallMethods, wantsChecksums: Bool? = nil,
        speaksJSON: Bool = false
    ) {
        self.speaksJSON = speaksJSON
        self.configuration = configuration
        self.methods = methods
        self.wantsChecksums = wantsChecksums
    }

    package var eventLoop: any EventLoop { MultiThreadedEventLoopGroup.singleton.next() }

    package func dial(
        _ port: TandemPort, on group: any EventLoopGroup
    ) async throws(CallFailure) -> any CallLink {
        try await dial(port, methods: methods.names(on: port), on: group)
    }

    /// - Parameter methods: what will be called, instead of the client's.
    package func dial(
        _ port: TandemPort, methods: [String], on group: any EventLoopGroup
    ) async throws(CallFailure) -> any CallLink {
        let address = configuration.address(of: port)
        let role: ConnectionRole =
            switch port {
            case .command: .command
            case .query: .query
            }
        var client = ClientConfiguration(
            role: role, methods: methods, clientName: configuration.clientName)
        client.speaksJSON = speaksJSON
        client.connectTimeout = configuration.connectTimeout
        client.clusterID = configuration.clusterID?.bytes
        client.wantsChecksums =
            wantsChecksums ?? !HostAndPort(host: address.host, port: address.port).isLoopback
        client.heldDictionaries =
            switch port {
            case .command: heldCommandDictionaries
            case .query: heldQueryDictionaries
            }
        return try await ClientConnection.connect(
            host: address.host, port: address.port, configuration: client, group: group)
    }
}
