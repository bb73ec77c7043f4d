public import TandemCore

/// How a ``TandemClient`` reaches its servers and how patient it is.
public struct TandemConfiguration: Sendable {
    /// Where commands go.
    public var commandAddress: ServerAddress
    /// Where queries go.
    public var queryAddress: ServerAddress
    /// How long a call may take, retries included, unless the call says otherwise.
    public var timeout: Duration = .seconds(10)
    /// How long one attempt to connect may take.
    public var connectTimeout: Duration = .seconds(5)
    /// How long a call goes on trying to reach a server that can't be connected to; `nil`: as long
    /// as the call may take.
    public var connectPatience: Duration?
    /// The client's name and version, for the server's log.
    public var clientName: String = "tandem-swift/1"
    /// The cluster that the servers must be of, so that a client meant for one can't do its work
    /// in another; `nil`: any.
    public var clusterID: ClusterID?
    /// How the waits between attempts grow.
    public var backoff = Backoff()

    /// The defaults: a server on this machine.
    public init(
        commandAddress: ServerAddress = .defaultCommand,
        queryAddress: ServerAddress = .defaultQuery
    ) {
        self.commandAddress = commandAddress
        self.queryAddress = queryAddress
    }

    package func address(of port: TandemPort) -> ServerAddress {
        switch port {
        case .command: commandAddress
        case .query: queryAddress
        }
    }
}
