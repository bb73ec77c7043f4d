import Budget
public import Logging
public import Transport
package import Wire

/// Which servers a process runs, where they keep their files, and where they listen.
public struct ServerConfiguration: Sendable {
    /// The command port, the feed port, and the database behind them.
    public struct WriteSide: Sendable {
        /// Where commands go; port 0 means any free one.
        public var commandAddress: HostAndPort
        /// Where read servers subscribe; port 0 means any free one.
        public var feedAddress: HostAndPort
        /// Whether to begin a new, empty log where the old one is lost. What is there gets other
        /// names; refused where a database with events is.
        public var beginsAnew = false

        /// The usual ports of this machine, 7401 and 7403.
        public init(
            commandAddress: HostAndPort = .loopback(7_401),
            feedAddress: HostAndPort = .loopback(7_403)
        ) {
            self.commandAddress = commandAddress
            self.feedAddress = feedAddress
        }
    }

    /// The query port, and the documents behind it.
    public struct ReadSide: Sendable {
        /// Where queries are answered; port 0 means any free one.
        public var queryAddress: HostAndPort
        /// The feed port of the write server to follow; `nil`: the one of the same process.
        public var feedAddress: HostAndPort?
        /// Whether queries are answered while the documents are still being built after the start:
        /// what was acknowledged long ago may be missing meanwhile.
        public var answersWhileBuilding = false

        /// The usual port of this machine, 7402.
        public init(
            queryAddress: HostAndPort = .loopback(7_402),
            feedAddress: HostAndPort? = nil
        ) {
            self.queryAddress = queryAddress
            self.feedAddress = feedAddress
        }
    }

    /// The directory for the servers' files; made if absent, and private from then on.
    public var dataDirectory: String
    /// `nil`: no write side in this process.
    public var write: WriteSide?
    /// `nil`: no read side in this process.
    public var read: ReadSide?
    /// How long open calls may take once the server is told to stop.
    public var drain: Duration = .seconds(30)
    /// Where the server says what an operator has to know; to standard error by itself.
    public var logger: Logger
    package var limits = WireLimits()
    var memory = MemorySize.default

    /// Both sides in one process, on the usual ports of this machine.
    public init(dataDirectory: String, logger: Logger = Logger(label: "tandem")) {
        self.dataDirectory = dataDirectory
        self.logger = logger
        write = WriteSide()
        read = ReadSide()
    }

    /// Both sides in one process, on free ports of this machine.
    public static func onFreePorts(
        dataDirectory: String, logger: Logger = Logger(label: "tandem")
    ) -> ServerConfiguration {
        var configuration = ServerConfiguration(dataDirectory: dataDirectory, logger: logger)
        configuration.write = WriteSide(commandAddress: .loopback(0), feedAddress: .loopback(0))
        configuration.read = ReadSide(queryAddress: .loopback(0))
        return configuration
    }

    /// Sets a limit by its name, as `--limit` does; `limits` on the command line lists them.
    ///
    /// - Throws: ``StartFailure`` if there is no such limit, or the value is not in its range.
    public mutating func setLimit(_ name: String, to value: Int) throws {
        guard let limit = LimitName(rawValue: name), limit.range.contains(value) else {
            throw StartFailure(
                message: """
                    \(name) can't be \(value): the command line's `limits` lists names and ranges
                    """)
        }
        limits[limit] = value
    }

    /// Bounds the memory that the servers of this process take: 128 MiB at the least. By default
    /// three quarters of what the machine, its control groups or ulimit allow.
    public mutating func setMemory(byteCountMax: Int) throws {
        memory = try MemorySize(byteCountMax)
    }
}

extension HostAndPort {
    /// A port of this machine that no other can reach.
    public static func loopback(_ port: Int) -> HostAndPort {
        HostAndPort(host: "127.0.0.1", port: port)
    }
}
