import ArgumentParser
import Foundation
import Logging
import ProcessText
import Transport
import Wire

/// What all three ways of running have in common.
struct CommonOptions: ParsableArguments {
    @Option(name: .long, help: "The directory for the server's files; made if absent.")
    var data = "tandem-data"

    @Option(
        name: .long, help: "trace, debug, info, notice, warning, error or critical.",
        transform: level(named:))
    var logLevel: Logger.Level = .notice

    @Option(name: .long, help: "How long open calls may take after SIGTERM, in seconds.")
    var drainSeconds = 30

    @Option(
        name: .customLong("limit"),
        help: "Another limit than the default, NAME=VALUE; see `limits`.",
        transform: LimitSetting.init(argument:))
    var limitSettings: [LimitSetting] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The memory that the server may take, for example 512MiB or 8GiB.",
            discussion: """
                128MiB to 1024TiB: a whole number with KiB, MiB, GiB or TiB behind it. By default \
                three quarters of what the machine, its control groups or ulimit allow, here \
                \(MemorySize.default). Near it, new work is refused, and reads go on.
                """),
        transform: MemorySize.init(argument:))
    var memory = MemorySize.default

    @Flag(
        name: .long,
        help: "Listen on an address that is not loopback, without encryption or authentication.")
    var insecure = false

    mutating func validate() throws {
        guard (0...3_600).contains(drainSeconds) else {
            throw ValidationError("--drain-seconds is 0 to 3600, not \(drainSeconds).")
        }
    }

    private static func level(named name: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: name) else {
            throw ValidationError("\(name) is no log level.")
        }
        return level
    }

    var drain: Duration { .seconds(drainSeconds) }

    var limits: WireLimits {
        var limits = WireLimits()
        for setting in limitSettings { limits[setting.name] = setting.value }
        return limits
    }

    var logger: Logger {
        var logger = Logger(label: "tandem-server") { label in
            StreamLogHandler(
                label: label,
                stream: LogLineStream { line in
                    // A log that can't be written is no reason to stop serving.
                    try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
                })
        }
        logger.logLevel = logLevel
        return logger
    }

    /// Servers with these options, and neither side yet.
    func serverConfiguration() -> ServerConfiguration {
        var configuration = ServerConfiguration(dataDirectory: data, logger: logger)
        configuration.write = nil
        configuration.read = nil
        configuration.limits = limits
        configuration.memory = memory
        configuration.drain = drain
        return configuration
    }

    /// Refuses to open an unprotected port to the network by accident.
    func check(_ addresses: HostAndPort...) throws {
        for address in addresses where !insecure && !address.isLoopback {
            throw ValidationError(
                """
                \(address) can be reached from other machines, and connections are neither \
                encrypted nor authenticated yet. Use 127.0.0.1, or say --insecure if the network \
                is yours alone.
                """)
        }
    }
}

extension HostAndPort {
    /// For an option: `host:port`, or what is wrong with it.
    init(argument: String) throws {
        guard let address = HostAndPort(argument) else {
            throw ValidationError(
                "an address is host:port, like 127.0.0.1:7401 or [::1]:7401, not \(argument).")
        }
        self = address
    }
}
