import ArgumentParser
import Foundation
import TandemCore
import TandemDomain
import WriteStore

/// Makes a write database of printed events.
struct Import: DomainCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a write database of what `events --whole` has printed.",
        discussion: """
            Each event keeps its position, time and bytes, so that the digests are what they were. \
            Tables are made of the events, as far as the domain says how. Answers that were kept \
            under commands' keys are no part of the log: a command that is repeated happens again.

            The server has to be stopped; as with `restore`, what is in the data directory gets \
            other names, and the log has a new epoch.

            EXAMPLES
              As it was at position 1000:
              \(CommandLineProgram.name) events --until 1000 --whole > log.ndjson
              \(CommandLineProgram.name) import log.ndjson --data ./then
            """)

    @Argument(help: "The file; - for standard input.")
    var file: String

    @Option(name: .long, help: "The directory for the server's files; made if absent.")
    var data = "tandem-data"

    func run(_ domain: CheckedDomain) throws {
        guard domain.migrations.isEmpty || !domain.replayedTables.isEmpty else {
            throw StartFailure(
                message: """
                    the domain has tables and no Replay, which would say what the events mean for \
                    them: restore a backup instead
                    """)
        }
        var lines = try EventLines(of: file)
        let clusterID = try lines.readHeader()
        let path = try DataDirectory(path: data).prepare(for: "write.sqlite")
        let end: LogEnd
        let moved: [(old: String, new: String)]
        do throws(WriteStoreError) {
            (end, moved) = try LogImport.run(
                to: path, clusterID: clusterID, migrations: domain.migrations,
                now: Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)),
                makeStatements: domain.makeStatements, next: { try lines.next() },
                apply: domain.replayedTables.isEmpty ? { _, _ in } : domain.replay)
        } catch {
            throw StartFailure(message: "\(error)")
        }
        let names = moved.map { "\($0.old) is called \($0.new) from now on\n" }.joined()
        try Output.write(
            names + "\(end.position) events, the last digest \(HexText.of(end.digest)); "
                + "start the server\n")
    }
}

/// Reads what `events --whole` has printed.
struct EventLines {
    private let file: FileHandle
    private let name: String
    private var buffer: [UInt8] = []
    /// What stands before it has been handed out.
    private var start = 0
    private var isOver = false
    private var lineNumber = 0

    /// An event of 16 MiB, in base64, and what it is decoded to.
    private static let lineByteCountMax = 128 << 20
    private static let readByteCount = 1 << 20
    private static let pageByteCount = 4 << 20

    init(of path: String) throws {
        name = path == "-" ? "standard input" : path
        do {
            file = path == "-"
                ? .standardInput : try FileHandle(forReadingFrom: URL(filePath: path))
        } catch {
            throw StartFailure(message: "\(path) can't be read: \(Proof.reason(error))")
        }
    }

    private struct Header: Decodable {
        let cluster: String
    }

    private struct Line: Decodable {
        let position: UInt64
        let stream: String
        let version: UInt64
        let type: String
        let recorded_at: String
        let payload: Data
        let metadata: Data
    }

    /// The first line: the log's cluster.
    mutating func readHeader() throws -> ClusterID {
        let line = try nextLine() ?? Data()
        // Whatever else it is, it is no header.
        let header = try? JSONDecoder().decode(Header.self, from: line)
        guard let clusterID = header.flatMap({ ClusterID($0.cluster) }) else {
            throw fault("it doesn't tell the cluster, as the first line of events --whole does")
        }
        return clusterID
    }

    /// The next events; none at the end.
    mutating func next() throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        var byteCount = 0
        while byteCount < Self.pageByteCount, let line = try nextLine() {
            byteCount += line.count
            let read = try decoded(Line.self, line)
            guard let time = EventLine.time(read.recorded_at)
                ?? Int64(read.recorded_at).map(Timestamp.init(microseconds:))
            else { throw fault("recorded_at is no time") }
            events.append(
                RecordedEvent(
                    position: LogPosition(rawValue: read.position),
                    stream: StreamID(rawValue: read.stream),
                    version: StreamVersion(rawValue: read.version), type: read.type,
                    payload: Array(read.payload), metadata: Array(read.metadata),
                    recordedAt: time))
        }
        return events
    }

    private func decoded<Value: Decodable>(_ type: Value.Type, _ line: Data) throws -> Value {
        do { return try JSONDecoder().decode(type, from: line) } catch {
            throw fault("it is not a line of events --whole (\(error))")
        }
    }

    private func fault(_ reason: String) -> StartFailure {
        StartFailure(message: "\(name), line \(lineNumber): \(reason)")
    }

    /// Without its line feed; `nil` at the end.
    private mutating func nextLine() throws -> Data? {
        var searchedCount = 0
        while true {
            if let end = buffer[(start + searchedCount)...].firstIndex(of: 0x0A) {
                lineNumber += 1
                defer { start = end + 1 }
                return Data(buffer[start..<end])
            }
            searchedCount = buffer.count - start
            guard !isOver, searchedCount <= Self.lineByteCountMax else { break }
            buffer.removeFirst(start)
            start = 0
            do {
                let read = try file.read(upToCount: Self.readByteCount) ?? Data()
                isOver = read.isEmpty
                buffer += read
            } catch {
                throw StartFailure(message: "\(name) can't be read: \(Proof.reason(error))")
            }
        }
        lineNumber += 1
        guard start == buffer.count else { throw fault("it has no end: the file is cut short") }
        return nil
    }
}
