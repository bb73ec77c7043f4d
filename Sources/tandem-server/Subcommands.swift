import ArgumentParser
import Transport
import Wire

/// Both sides in one process.
struct All: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the write side and the read side in one process (the default).")

    @OptionGroup var common: CommonOptions

    @Option(name: .long, help: "Where commands go; port 0 means any free one.")
    var commandAddress = HostAndPort.loopback(DefaultPort.command)

    @Option(name: .long, help: "Where queries are answered; port 0 means any free one.")
    var queryAddress = HostAndPort.loopback(DefaultPort.query)

    @Option(name: .long, help: "Where read servers subscribe; port 0 means any free one.")
    var feedAddress = HostAndPort.loopback(DefaultPort.feed)

    @OptionGroup var writing: WritingOptions

    @OptionGroup var reading: ReadingOptions

    func run() async throws {
        try common.check(commandAddress, queryAddress, feedAddress)
        try await Composition(common).run(
            write: .init(
                commandAddress: commandAddress, feedAddress: feedAddress,
                beginsAnew: writing.beginAnew),
            read: .init(
                queryAddress: queryAddress, feedAddress: nil,
                answersWhileBuilding: reading.answerWhileBuilding))
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
                orders that were acknowledged long ago may be missing from answers meanwhile.
                """))
    var answerWhileBuilding = false
}

/// The write side.
struct Write: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the write side: the command port, the feed port, and the database.")

    @OptionGroup var common: CommonOptions

    @Option(name: .long, help: "Where commands go; port 0 means any free one.")
    var commandAddress = HostAndPort.loopback(DefaultPort.command)

    @Option(name: .long, help: "Where read servers subscribe; port 0 means any free one.")
    var feedAddress = HostAndPort.loopback(DefaultPort.feed)

    @OptionGroup var writing: WritingOptions

    func run() async throws {
        try common.check(commandAddress, feedAddress)
        try await Composition(common).run(
            write: .init(
                commandAddress: commandAddress, feedAddress: feedAddress,
                beginsAnew: writing.beginAnew),
            read: nil)
    }
}

/// The read side.
struct Read: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the read side: the query port, fed by a write server.")

    @OptionGroup var common: CommonOptions

    @Option(name: .long, help: "Where queries are answered; port 0 means any free one.")
    var queryAddress = HostAndPort.loopback(DefaultPort.query)

    @Option(name: .long, help: "The feed port of the write server to follow.")
    var feedAddress = HostAndPort.loopback(DefaultPort.feed)

    @OptionGroup var reading: ReadingOptions

    func run() async throws {
        try common.check(queryAddress)
        try await Composition(common).run(
            write: nil,
            read: .init(
                queryAddress: queryAddress, feedAddress: feedAddress,
                answersWhileBuilding: reading.answerWhileBuilding))
    }
}
