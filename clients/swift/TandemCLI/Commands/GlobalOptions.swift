package import ArgumentParser
import OrdersClient
import ProcessText
package import TandemClient
package import TandemCore

/// What every command takes.
package struct GlobalOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where commands go. (default: $TANDEM_COMMAND_ADDRESS or 127.0.0.1:7401)",
            valueName: "host:port"))
    package var commandAddress: ServerAddress?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where queries go. (default: $TANDEM_QUERY_ADDRESS or 127.0.0.1:7402)",
            valueName: "host:port"))
    package var queryAddress: ServerAddress?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long to try, retries included, from 0.1 to 3600; of an import, how long to go on "
                + "without any answer. (default: 10, for an import 60)",
            valueName: "seconds"))
    package var timeout: Double?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Refuse servers of another cluster than this: 32 hexadecimal digits, as `tandem "
                + "status` shows them. (default: $TANDEM_CLUSTER, or any)",
            valueName: "hex"))
    package var cluster: ClusterID?

    @Flag(name: .long, help: "Write JSON, for programs.")
    package var json = false

    package init() {}

    package func validate() throws {
        guard (0.1...3_600).contains(timeout ?? 1) else {
            throw ValidationError("--timeout has to be from 0.1 to 3600 seconds.")
        }
    }

    package func configuration() throws -> TandemConfiguration {
        var configuration = TandemConfiguration(
            commandAddress: try commandAddress
                ?? Self.address(in: "TANDEM_COMMAND_ADDRESS", like: .defaultCommand),
            queryAddress: try queryAddress
                ?? Self.address(in: "TANDEM_QUERY_ADDRESS", like: .defaultQuery))
        if let patience { configuration.timeout = patience }
        // Somebody waits at a terminal: a server that isn't there is said to be so at once.
        configuration.connectPatience = .seconds(1)
        configuration.clientName = "tandem-cli/1"
        configuration.clusterID = try cluster ?? Self.cluster(in: "TANDEM_CLUSTER")
        return configuration
    }

    /// What --timeout says, if it was given.
    var patience: Duration? { timeout.map { .milliseconds(Int64($0 * 1_000)) } }

    private static func variable(_ name: String) throws(UsageFailure) -> String? {
        do throws(ProcessText.NotUTF8) {
            return try ProcessText.environment(name)
        } catch {
            throw UsageFailure(error.description)
        }
    }

    private static func address(
        in variable: String, like usual: ServerAddress
    ) throws -> ServerAddress {
        guard let text = try Self.variable(variable) else { return usual }
        guard let address = ServerAddress(text) else {
            throw UsageFailure(
                "$\(variable) is '\(text)', which is no address. Write it like \(usual), or "
                    + "unset it."
            )
        }
        return address
    }

    private static func cluster(in variable: String) throws -> ClusterID? {
        guard let text = try Self.variable(variable) else { return nil }
        guard let cluster = ClusterID(text) else {
            throw UsageFailure(
                "$\(variable) is '\(text)', which is not 32 hexadecimal digits. `tandem status` "
                    + "shows a server's cluster.")
        }
        return cluster
    }

    /// Runs `body` with a client and closes it.
    func withClient<Value>(
        _ body: (TandemClient) async throws -> Value
    ) async throws -> Value {
        let client = TandemClient(configuration: try configuration())
        do {
            let value = try await body(client)
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }
}

/// What every command that changes something takes besides.
package struct KeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The idempotency key for this kind of command: 32 hexadecimal digits or a UUID; "
                + "`tandem key` makes one. Sent again with the same key and content, a command "
                + "happens once. (default: a fresh one)",
            valueName: "hex"))
    package var key: HexKey?

    package init() {}

    var callOptions: CallOptions { CallOptions(key: key?.key) }
}

/// What a command about one thing takes besides.
package struct ChangeOptions: ParsableArguments {
    @OptionGroup var key: KeyOptions
    @Option(
        help: ArgumentHelp(
            "Do nothing unless it is at this version, as its receipts and `get` show it. "
                + "(default: whatever it is at)",
            valueName: "number"))
    var expectedVersion: UInt64?

    package init() {}

    var callOptions: CallOptions { key.callOptions }
}

/// What every query takes besides.
package struct ReadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Wait until the answer reflects at least this: the token that a command printed, like "
                + "00c0ffee00c0ffee-17.",
            valueName: "token"))
    package var atLeast: TokenArgument?

    @Option(
        help: ArgumentHelp(
            "Wait until the answer reflects what was all there is at most so long ago; fail if "
                + "that can't be had within 5 seconds.",
            valueName: "ms"))
    package var maxStaleness: UInt32?

    package init() {}

    var callOptions: CallOptions {
        CallOptions(
            atLeast: atLeast?.token,
            maxStaleness: maxStaleness.map { .milliseconds(Int64($0)) })
    }
}
