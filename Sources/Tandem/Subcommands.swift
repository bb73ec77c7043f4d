import ArgumentParser
import Transport
import Wire

/// Both sides in one process.
struct All: ServerCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the write side and the read side in one process (the default).")

    @OptionGroup var common: CommonOptions

    @Option(
        name: .long,
        help: "Where commands go; port 0 means any free one. (default: 127.0.0.1:7401)",
        transform: HostAndPort.init(argument:))
    var commandAddress = HostAndPort.loopback(DefaultPort.command)

    @Option(
        name: .long,
        help: "Where queries are answered; port 0 means any free one. (default: 127.0.0.1:7402)",
        transform: HostAndPort.init(argument:))
    var queryAddress = HostAndPort.loopback(DefaultPort.query)

    @Option(
        name: .long,
        help: "Where read servers subscribe; port 0 means any free one. (default: 127.0.0.1:7403)",
        transform: HostAndPort.init(argument:))
    var feedAddress = HostAndPort.loopback(DefaultPort.feed)

    @OptionGroup var writing: WritingOptions

    @OptionGroup var reading: ReadingOptions

    func serverConfiguration() throws -> ServerConfiguration {
        try common.check(commandAddress, queryAddress, feedAddress)
        var configuration = common.serverConfiguration()
        configuration.write = writing.side(commandAddress, feedAddress)
        configuration.read = reading.side(queryAddress, feedAddress: nil)
        return configuration
    }
}

/// How the log begins.
struct WritingOptions: ParsableArguments {
    @Flag(
        name: .long,
        help: ArgumentHelp(
            "Begin a new, empty log where the old one is lost.",
            discussion: """
                What is in the data directory gets other names (….set-aside-…), nothing is \
                deleted. Refused where a database with events is.
                """))
    var beginAnew = false

    func side(_ command: HostAndPort, _ feed: HostAndPort) -> ServerConfiguration.WriteSide {
        var side = ServerConfiguration.WriteSide(commandAddress: command, feedAddress: feed)
        side.beginsAnew = beginAnew
        return side
    }
}

/// How queries are answered.
struct ReadingOptions: ParsableArguments {
    @Flag(
        name: .long,
        help: ArgumentHelp(
            "Answer queries while the documents are still being built after the start.",
            discussion: """
                Otherwise queries wait until the documents have reached where the log was at the \
                start, and those that would wait for too long get READ_MODEL_BUILDING. With this, \
                what was acknowledged long ago may be missing from answers meanwhile.
                """))
    var answerWhileBuilding = false

    func side(_ query: HostAndPort, feedAddress: HostAndPort?) -> ServerConfiguration.ReadSide {
        var side = ServerConfiguration.ReadSide(queryAddress: query, feedAddress: feedAddress)
        side.answersWhileBuilding = answerWhileBuilding
        return side
    }
}

/// The write side.
struct Write: ServerCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the write side: the command port, the feed port, and the database.")

    @OptionGroup var common: CommonOptions

    @Option(
        name: .long,
        help: "Where commands go; port 0 means any free one. (default: 127.0.0.1:7401)",
        transform: HostAndPort.init(argument:))
    var commandAddress = HostAndPort.loopback(DefaultPort.command)

    @Option(
        name: .long,
        help: "Where read servers subscribe; port 0 means any free one. (default: 127.0.0.1:7403)",
        transform: HostAndPort.init(argument:))
    var feedAddress = HostAndPort.loopback(DefaultPort.feed)

    @OptionGroup var writing: WritingOptions

    func serverConfiguration() throws -> ServerConfiguration {
        try common.check(commandAddress, feedAddress)
        var configuration = common.serverConfiguration()
        configuration.write = writing.side(commandAddress, feedAddress)
        return configuration
    }
}

/// The read side.
struct Read: ServerCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the read side: the query port, fed by a write server.")

    @OptionGroup var common: CommonOptions

    @Option(
        name: .long,
        help: "Where queries are answered; port 0 means any free one. (default: 127.0.0.1:7402)",
        transform: HostAndPort.init(argument:))
    var queryAddress = HostAndPort.loopback(DefaultPort.query)

    @Option(
        name: .long,
        help: "The feed port of the write server to follow. (default: 127.0.0.1:7403)",
        transform: HostAndPort.init(argument:))
    var feedAddress = HostAndPort.loopback(DefaultPort.feed)

    @OptionGroup var reading: ReadingOptions

    func serverConfiguration() throws -> ServerConfiguration {
        try common.check(queryAddress)
        var configuration = common.serverConfiguration()
        configuration.read = reading.side(queryAddress, feedAddress: feedAddress)
        return configuration
    }
}
