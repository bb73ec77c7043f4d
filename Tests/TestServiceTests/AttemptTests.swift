import Foundation
import Logging
import NIOCore
import NIOPosix
import Orders
import SwiftProtobuf
import TandemCore
import TandemDomain
import TestMessages
import TestSupport
import Testing
import Transport
import Wire
import WriteServer
import WriteStore

@testable import TestService

/// The command port of the order service with Attempt.
private func withCommandPort(
    queueCountMax: Int = 8_192, _ body: (ClientConnection) async throws -> Void
) async throws {
    let turn = await Turn.next()
    defer { turn.end() }
    let folder = NSTemporaryDirectory() + "tandem-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let anyPort = HostAndPort(host: "127.0.0.1", port: 0)
    var store = WriteStoreConfiguration(path: folder + "/write.sqlite")
    store.queueCountMax = queueCountMax
    let server = try await WriteServer.start(
        try CheckedDomain(TestedDomain(OrdersDomain())),
        configuration: .init(
            store: store, commandAddress: anyPort, feedAddress: anyPort),
        group: MultiThreadedEventLoopGroup.singleton,
        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    let outcome: Result<Void, any Error>
    do {
        let client = try await ClientConnection.connect(
            host: server.commandAddress.host, port: server.commandAddress.port,
            configuration: ClientConfiguration(
                role: .command, methods: [AttemptCommand.method.name], clientName: "test"),
            group: MultiThreadedEventLoopGroup.singleton)
        outcome = .success(try await body(client))
        await client.close()
    } catch {
        outcome = .failure(error)
    }
    await server.shutDown(grace: .zero)
    try outcome.get()
}

extension ClientConnection {
    fileprivate func attempt(
        _ name: String, failTimes: UInt32, code: UInt32, key: UInt64, more: ByteBuffer? = nil
    ) async -> Result<(attempt: UInt32, isReplay: Bool), CallFailure> {
        let request = Tandem_Test_V1_AttemptRequest.with {
            $0.name = name
            $0.failTimes = failTimes
            $0.code = code
        }
        var body = request.body()
        if let more { body.writeImmutableBuffer(more) }
        do throws(CallFailure) {
            let answer = try await call(
                OutboundCall(
                    method: 0, body: body, key: IdempotencyKey(high: 0, low: key)))
            let reply = try? Tandem_Test_V1_AttemptReply(
                serializedBytes: Array(answer.body.readableBytesView))
            return .success((reply?.attempt ?? 0, answer.isReplay))
        } catch {
            return .failure(error)
        }
    }
}

@Suite struct AttemptTests {
    @Test func `what is not kept is tried again under its key, and then kept`() async throws {
        try await withCommandPort { client in
            for _ in 0..<2 {
                let failed = await client.attempt("a", failTimes: 2, code: 14, key: 1)
                #expect(throws: CallFailure.self) { try failed.get() }
            }
            let third = try await client.attempt("a", failTimes: 2, code: 14, key: 1).get()
            #expect(third == (3, false))
            let fourth = try await client.attempt("a", failTimes: 2, code: 14, key: 1).get()
            #expect(fourth == (3, true))
        }
    }

    @Test func `a deterministic rejection is kept, and says so when it is given again`()
        async throws
    {
        try await withCommandPort { client in
            for isReplay in [false, true] {
                let failed = await client.attempt("b", failTimes: 1, code: 9, key: 2)
                let failure = try #require(failed.failure)
                #expect(failure.reason == "ATTEMPT_FAILED")
                #expect(failure.isReplay == isReplay)
            }
            let other = try await client.attempt("b", failTimes: 1, code: 9, key: 3).get()
            #expect(other == (2, false))
        }
    }

    @Test func `a code that is no failure's is refused`() async throws {
        try await withCommandPort { client in
            let failed = await client.attempt("c", failTimes: 1, code: 0, key: 4)
            #expect(failed.failure?.reason == "NOT_A_FAILURE")
        }
    }

    @Test func `a large command is known by its whole body when it comes again`() async throws {
        try await withCommandPort { client in
            var large = unknownField(byteCount: 900_000)
            let first = try await client.attempt("d", failTimes: 0, code: 9, key: 5, more: large)
                .get()
            #expect(first == (1, false))
            let second = try await client.attempt("d", failTimes: 0, code: 9, key: 5, more: large)
                .get()
            #expect(second == (1, true))
            large.setInteger(UInt8(1), at: large.writerIndex - 1)
            let other = await client.attempt("d", failTimes: 0, code: 9, key: 5, more: large)
            #expect(other.failure?.reason == "KEY_REUSED")
        }
    }

    @Test func `a large command that finds the queue full is refused like a small one`()
        async throws
    {
        try await withCommandPort(queueCountMax: 1) { client in
            let large = unknownField(byteCount: 140_000)
            // Small ones fill the queue while the writer commits; whether they still do when a
            // large one's digest is done depends on the disk.
            for round in UInt64(1)...1_000 {
                let refusal = await withTaskGroup(of: CallFailure?.self) { group in
                    for number in UInt64(0)..<8 {
                        let isLarge = number.isMultiple(of: 2)
                        group.addTask {
                            let answer = await client.attempt(
                                "q", failTimes: 0, code: 9, key: round << 8 + number,
                                more: isLarge ? large : nil)
                            return isLarge ? answer.failure : nil
                        }
                    }
                    return await group.reduce(nil) { $0 ?? $1 }
                }
                guard let refusal else { continue }
                #expect(refusal.reason == "QUEUE_FULL")
                let alone = await client.attempt(
                    "q", failTimes: 0, code: 9, key: round << 8 + 99, more: large)
                #expect(alone.failure == nil)
                return
            }
            Issue.record("the queue of one command was never full")
        }
    }

    @Test func `large and small commands of one connection all have their answers`()
        async throws
    {
        try await withCommandPort { client in
            let large = unknownField(byteCount: 900_000)
            let counts = await withTaskGroup(of: UInt32?.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        try? await client.attempt(
                            "e\(number)", failTimes: 0, code: 9, key: UInt64(100 + number),
                            more: number.isMultiple(of: 4) ? large : nil
                        ).get().attempt
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts == Array(repeating: 1, count: 40))
        }
    }

    @Test func `the last 1,024 names are counted`() {
        let counts = AttemptCounts()
        #expect(counts.count("first") == 1)
        #expect(counts.count("first") == 2)
        for number in 1..<1_024 { _ = counts.count("\(number)") }
        #expect(counts.count("first") == 3)
        _ = counts.count("one more")
        #expect(counts.count("first") == 1)
    }

    @Test func `long names do not fill the memory`() {
        let counts = AttemptCounts()
        let long = String(repeating: "x", count: 1_000_000)
        for number in 0..<9 { _ = counts.count("\(number)" + long) }
        #expect(counts.count("0" + long) == 1)
        #expect(counts.count("8" + long) == 2)
    }
}

/// Bytes that any message takes along: field 15, which none of ours has.
private func unknownField(byteCount: Int) -> ByteBuffer {
    var bytes = ByteBuffer(bytes: [15 << 3 | 2])
    var rest = byteCount
    while rest >= 0x80 {
        bytes.writeInteger(UInt8(rest & 0x7F | 0x80))
        rest >>= 7
    }
    bytes.writeInteger(UInt8(rest))
    bytes.writeRepeatingByte(0, count: byteCount)
    return bytes
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
