import ArgumentParser
import Foundation
import Synchronization
import TandemCLI
import TandemClient
import TestSupport
import Testing

/// What `tandem bench` takes.
@Suite struct BenchArgumentTests {
    @Test(
        arguments: [
            ("10s", .seconds(10)), ("10", .seconds(10)), ("1.5s", .milliseconds(1_500)),
            ("500ms", .milliseconds(500)), ("2m", .seconds(120)), ("1h", .seconds(3_600)),
            ("0s", .zero), ("0.0004s", .zero),
        ] as [(String, Duration)])
    func `a time span has a unit, or is in seconds`(text: String, span: Duration) {
        #expect(SpanArgument(argument: text)?.span == span)
    }

    @Test(arguments: ["", "s", "-1s", "10 s", "10d", "1e3s", "1001h", ".", "1..2s", "nan", "٣s"])
    func `what is no time span is refused`(text: String) {
        #expect(SpanArgument(argument: text) == nil)
    }

    @Test func `ids go from the first to the last, and there is one at least`() {
        #expect(IDRange(argument: "3:7")?.ids == 3...7)
        #expect(IDRange(argument: "7:7")?.ids == 7...7)
        for bad in ["", "3", "3:", ":3", "7:3", "0:3", "3:7:9", "-1:3", "1:9223372036854775808"] {
            #expect(IDRange(argument: bad) == nil, "\(bad)")
        }
    }

    @Test func `without options ten seconds are measured, as fast as the answers come`() throws {
        let shape = try BenchOptions.parse([]).shape
        #expect(
            shape
                == LoadShape(
                    connectionCount: 8, inFlightCount: 16, warmup: .seconds(2),
                    duration: .seconds(10)))
    }

    @Test(arguments: [
        "--connections 0", "--connections 10001", "--in-flight 0", "--in-flight 16001",
        "--rate 0", "--rate nan", "--rate 10000001", "--duration 0s", "--warmup x",
        "--duration -1s",
    ])
    func `what can't be run is refused before anything is sent`(line: String) {
        #expect(throws: (any Error).self) {
            try BenchOptions.parse(line.split(separator: " ").map(String.init))
        }
    }
}

/// Those that talk over sockets.
@Suite(.takingTurns) struct BenchConnectionTests {
    private func told(_ arguments: [String]) async throws -> (status: Int32, told: [Duration]) {
        let server = try FrozenServer()
        let told = Mutex<[Duration]>([])
        let addresses = ["--command-address", server.address, "--query-address", server.address]
        let status = await PatienceWatch.$told.withValue({ time in
            told.withLock { $0.append(time) }
        }) {
            await TandemCommand.run(["bench"] + arguments + ["--timeout", "0.1"] + addresses)
        }
        return (status, told.withLock { $0 })
    }

    @Test(arguments: [["get"], ["list"], ["mixed", "--user-ids", "1:9"]])
    func `a server that accepts and says nothing ends a benchmark as --timeout says`(
        kind: [String]
    ) async throws {
        let (status, told) = try await told(kind + ["--ids", "1:9"])
        #expect(status == 3)
        #expect(Set(told) == [.milliseconds(100)])
    }

    @Test func `so it does when any method is called`() async throws {
        let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("tandem-\(UUID().uuidString).ndjson")
        try Data("{}\n".utf8).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        let (status, told) = try await told(["call", "Get", "--json-file", path.path])
        #expect(status == 3)
        #expect(told == [.milliseconds(100)])
    }

    @Test func `a file that can't be read is told before a server is asked`() async throws {
        let path = FileManager.default.temporaryDirectory.path
        let (status, told) = try await told(["call", "Get", "--json-file", path])
        #expect(status == 2)
        #expect(told.isEmpty)
    }
}
