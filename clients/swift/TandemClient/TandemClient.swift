public import TandemCore
import Transport

/// A client of a Tandem server: commands go to its command port, queries to its query port, over
/// one multiplexed connection each, made when first needed and made again when lost.
///
/// A client is a session: after a command, its queries see the command's effects, and what its
/// queries have seen never goes away again. Use one client for as long as you need that, from any
/// number of tasks; ``session(from:)`` makes further sessions over the same connections.
///
/// Each command carries an idempotency key. A command whose answer got lost is sent again with
/// the same key until its timeout, so that it happens once.
///
/// ```swift
/// let client = TandemClient([Bank.deposit, Bank.account])
/// try await client.send(Bank.deposit, .with { $0.accountID = 7; $0.amountMinor = 500 })
/// let account = try await client.ask(Bank.account, .with { $0.accountID = 7 })
/// print(account.balanceMinor)  // Includes the command's effects.
/// await client.close()
/// ```
public final class TandemClient: Sendable {
    package let engine: CallEngine
    package let sessionToken: SessionToken

    /// Connects when first needed, so this never fails.
    ///
    /// - Parameter methods: all that will be called, in any order.
    public convenience init(
        _ methods: [any Method], configuration: TandemConfiguration = TandemConfiguration()
    ) {
        let methods = CallMethods(methods)
        self.init(
            methods, configuration: configuration,
            dialer: TransportDialer(configuration, methods))
    }

    package convenience init(
        _ methods: CallMethods, configuration: TandemConfiguration, dialer: any LinkDialer
    ) {
        self.init(
            engine: CallEngine(methods, configuration: configuration, dialer: dialer), token: nil)
    }

    private init(engine: CallEngine, token: ConsistencyToken?) {
        self.engine = engine
        sessionToken = SessionToken(token)
    }

    /// What the client was made with.
    public var configuration: TandemConfiguration { engine.configuration }

    /// The highest position that this session has seen; hand it to another process to let its
    /// session go on from here.
    public var token: ConsistencyToken? { sessionToken.current }

    /// The cluster of the servers that this client is connected to; `nil` while it is connected to
    /// none that knows. ``TandemConfiguration/clusterID`` holds a client to one.
    public var clusterID: ClusterID? { engine.clusterID }

    /// A session of its own over this client's connections.
    ///
    /// - Parameter token: Where it starts: its queries see at least this.
    public func session(from token: ConsistencyToken? = nil) -> TandemClient {
        TandemClient(engine: engine, token: token)
    }

    /// Closes the connections, also those of the sessions made from this client. Open calls fail.
    public func close() async {
        await engine.close()
    }
}
