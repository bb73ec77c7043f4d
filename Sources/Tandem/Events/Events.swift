import ArgumentParser
import Foundation
import TandemCore
import TandemDomain
import WriteStore

/// Shows the log's events.
struct Events: DomainCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print events as lines of JSON, decoded; of a running server, too.",
        discussion: """
            A line for each event: position, stream, version, type, recorded_at, and the event \
            itself, as its views see it today. Reads the database, not the feed: beside a server \
            or without one. Each event's digest is checked.

            EXAMPLES
              \(CommandLineProgram.name) events --stream order-7
              \(CommandLineProgram.name) events --type OrderPlaced --since 2026-11-28T00:00:00Z
              \(CommandLineProgram.name) events --after 1000 --follow
              \(CommandLineProgram.name) events --until 1000 --whole > log.ndjson
            """)

    @Option(name: .long, help: "The directory with the server's files.")
    var data = "tandem-data"

    @Option(name: .long, help: "Read this backup instead.")
    var backup: String?

    @Option(name: .long, help: "Only events behind this position.")
    var after: UInt64 = 0

    @Option(name: .long, help: "Only events up to this position.")
    var until: UInt64?

    @Option(name: .long, help: "Only events of this type; may be given again.")
    var type: [String] = []

    @Option(name: .long, help: "Only events of this stream, as order-7; may be given again.")
    var stream: [String] = []

    @Option(
        name: .long, help: "Only events that were recorded at this time or later (RFC 3339).",
        transform: time)
    var since: Timestamp?

    @Option(
        name: .long, help: "Only events that were recorded before this time (RFC 3339).",
        transform: time)
    var before: Timestamp?

    @Flag(name: .long, help: "With payload and metadata, in base64, and a first line for `import`.")
    var whole = false

    @Flag(name: .long, help: "Go on with events as they come, until Ctrl-C.")
    var follow = false

    private static func time(_ argument: String) throws -> Timestamp {
        guard let time = EventLine.time(argument) else {
            throw ValidationError(
                "a time is as 2026-11-28T09:30:00Z or 2026-11-28T09:30:00.5Z, not \(argument).")
        }
        return time
    }

    func validate() throws {
        guard !follow || before == nil else {
            throw ValidationError("--follow waits for what comes, which is not before any time.")
        }
    }

    func run(_ domain: CheckedDomain) throws {
        let path = backup ?? data + "/write.sqlite"
        let (reader, clusterID) = try reader(path)
        if whole { try Output.write("{\"cluster\":\"\(HexText.of(clusterID))\"}\n") }
        let file = Self.number(of: path)
        var position = LogPosition(rawValue: after)
        while true {
            let events: [RecordedEvent]
            do {
                events = try reader.events(
                    after: position, countMax: 1_000, byteCountMax: 4 << 20)
            } catch {
                throw StartFailure(message: "the log can't be read any further: \(error)")
            }
            try print(events.filter(isWanted), domain)
            if let last = events.last { position = last.position }
            if let until, position.rawValue >= until { return }
            guard events.isEmpty else { continue }
            guard follow else { return }
            guard Self.number(of: path) == file else {
                throw StartFailure(
                    message: "\(path) was removed, or another file has taken its place")
            }
            Thread.sleep(forTimeInterval: Self.pause)
        }
    }

    /// Between two looks for new events, in seconds.
    private static let pause: TimeInterval = 0.1

    /// What tells a file from another one of its name.
    private static func number(of path: String) -> UInt64? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    private func reader(_ path: String) throws -> (EventLogReader, clusterID: [UInt8]) {
        // It says what is wrong with a file, and makes sure that its events have digests.
        let clusterID = try Proof.verifier(at: path).clusterID
        do throws(WriteStoreError) { return (try EventLogReader(path: path), clusterID) } catch {
            throw StartFailure(message: "\(error)")
        }
    }

    private func isWanted(_ event: RecordedEvent) -> Bool {
        event.position.rawValue <= until ?? .max
            && (type.isEmpty || type.contains(event.type))
            && (stream.isEmpty || stream.contains(event.stream.rawValue))
            && since.map { $0 <= event.recordedAt } ?? true
            && before.map { event.recordedAt < $0 } ?? true
    }

    /// Whole lines; a pipe that nobody reads any more ends the program.
    private func print(_ events: [RecordedEvent], _ domain: CheckedDomain) throws {
        guard !events.isEmpty else { return }
        var text = ""
        for event in events {
            text += EventLine(event: event, domain: domain, isWhole: whole).text + "\n"
        }
        try Output.write(text)
    }
}
