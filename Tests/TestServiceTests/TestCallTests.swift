import NIOCore
import SwiftProtobuf
import TandemCore
import TestMessages
import Testing
import Transport
import Wire
import WireMessages

@testable import TestService

extension ClientConnection {
    fileprivate func call(
        _ method: TestMethod, _ request: some Message, timeout: Duration? = nil,
        context: CallContext = .empty
    ) async throws(CallFailure) -> CallSuccess {
        try await call(
            OutboundCall(
                method: method.rawValue, body: request.body(), timeout: timeout, context: context))
    }

    fileprivate func failure(
        of method: TestMethod, _ request: some Message, timeout: Duration? = nil,
        context: CallContext = .empty
    ) async -> CallFailure? {
        do throws(CallFailure) {
            _ = try await call(method, request, timeout: timeout, context: context)
            return nil
        } catch {
            return error
        }
    }
}

private let entries = [
    CustomEntry(name: "b", value: .text("ü")), CustomEntry(name: "a", value: .binary([0, 255])),
    CustomEntry(name: "b", value: .text("")),
]

@Suite struct EchoTests {
    @Test func `echo answers what the handler saw of the call`() async throws {
        try await withTestService { client, _ in
            let context = CallContext(traceParent: "00-1-2-01", custom: entries)
            let answer = try await client.call(
                .echo, Tandem_Test_V1_EchoRequest.with { $0.payload = .init([1, 2, 3]) },
                timeout: .seconds(20), context: context)
            let reply = try Tandem_Test_V1_EchoReply(
                serializedBytes: Array(answer.body.readableBytesView))
            #expect(Array(reply.payload) == [1, 2, 3])
            #expect(reply.traceParent == "00-1-2-01")
            #expect((19_000...20_000).contains(reply.deadlineMs))
            #expect(answer.custom == entries)
            #expect(answer.token == nil)
        }
    }

    @Test func `without a deadline there is none in the echo`() async throws {
        try await withTestService { client, _ in
            let answer = try await client.call(.echo, Tandem_Test_V1_EchoRequest())
            let reply = try Tandem_Test_V1_EchoReply(
                serializedBytes: Array(answer.body.readableBytesView))
            #expect(!reply.hasDeadlineMs)
            #expect(answer.custom.isEmpty)
        }
    }

    @Test func `a body that is no request is told so`() async throws {
        try await withTestService { client, _ in
            let call = OutboundCall(
                method: TestMethod.echo.rawValue, body: ByteBuffer(bytes: [0xFF]))
            do throws(CallFailure) {
                _ = try await client.call(call)
                Issue.record("it should have been refused")
            } catch {
                #expect(error.reason == "MALFORMED_REQUEST")
            }
        }
    }
}

@Suite struct SleepTests {
    private func sleep(_ milliseconds: UInt32) -> Tandem_Test_V1_SleepRequest {
        .with { $0.ms = milliseconds }
    }

    @Test func `sleep answers after its time, and holds up no other call`() async throws {
        try await withTestService { client, _ in
            let clock = ContinuousClock()
            let start = clock.now
            let long = Task { try await client.call(.sleep, sleep(60_000)) }
            _ = try await client.call(.sleep, sleep(100))
            // Timed: a lower bound, counted from before the calls.
            #expect(clock.now - start >= .milliseconds(100))
            // Timed: held up, it would have come behind the call of a minute.
            #expect(clock.now - start < .seconds(60))
            long.cancel()
        }
    }

    @Test func `sleep ends at its deadline`() async throws {
        try await withTestService { client, _ in
            // The client's own clock would end it too, but without the server's word.
            let failure = await client.failure(of: .sleep, sleep(60_000), timeout: .seconds(1))
            #expect(failure?.code == .deadlineExceeded)
        }
    }

    @Test func `more than a minute is too long`() async throws {
        try await withTestService { client, _ in
            let failure = await client.failure(of: .sleep, sleep(60_001))
            #expect(failure?.reason == "SLEEP_TOO_LONG")
            #expect(failure?.isNotProcessed == true)
        }
    }
}

@Suite struct FailTests {
    @Test func `fail fails exactly as told`() async throws {
        try await withTestService { client, _ in
            let failure = await client.failure(
                of: .fail,
                Tandem_Test_V1_FailRequest.with {
                    $0.code = 10
                    $0.message = "as told"
                    $0.reason = "WHY"
                    $0.metadata = ["a": "b"]
                    $0.retryAfterMs = 77
                    $0.notProcessed = true
                })
            #expect(
                failure
                    == CallFailure(
                        .aborted, reason: "WHY", message: "as told", metadata: ["a": "b"],
                        isNotProcessed: true, retryAfter: .after(milliseconds: 77)))
        }
    }

    @Test(arguments: [UInt32(0), 17, .max])
    func `what is no failure's code is refused`(code: UInt32) async throws {
        try await withTestService { client, _ in
            let failure = await client.failure(
                of: .fail, Tandem_Test_V1_FailRequest.with { $0.code = code })
            #expect(failure?.code == .invalidArgument)
            #expect(failure?.reason == "NOT_A_FAILURE")
        }
    }

    @Test func `an unexpected failure is INTERNAL, and tells only the operator why`() async throws {
        try await withTestService { client, log in
            let failure = await client.failure(
                of: .fail, Tandem_Test_V1_FailRequest.with { $0.secret = "the-password" })
            #expect(failure?.code == .internal)
            #expect(failure?.reason == "INTERNAL")
            #expect(!"\(failure, default: "")".contains("the-password"))
            #expect(log.lines.contains { $0.contains("the-password") })
        }
    }
}

@Suite struct StreamTests {
    private func items(
        _ sizes: [UInt32], failCode: UInt32 = 0, window: UInt32 = 1 << 20
    ) async throws -> [ByteBuffer] {
        var items: [ByteBuffer] = []
        try await withTestService(window: window) { client, _ in
            let request = Tandem_Test_V1_StreamRequest.with {
                $0.sizes = sizes
                $0.failCode = failCode
            }
            items = try await client.page(
                OutboundCall(method: TestMethod.stream.rawValue, body: request.body())
            ).items
        }
        return items
    }

    private func expected(_ index: Int, _ size: UInt32) -> [UInt8] {
        (0..<Int(size)).map { UInt8((index + $0) % 251) }
    }

    @Test(arguments: [
        [], [0], [3, 0, 5], [UInt32](repeating: 1, count: 4_096), [2_097_152, 1, 2_097_152],
        [UInt32](repeating: 30_000, count: 300),
    ])
    func `items have the sizes and bytes that were asked for`(sizes: [UInt32]) async throws {
        let items = try await items(sizes, window: 20_000)
        #expect(items.map(\.readableBytes) == sizes.map(Int.init))
        for (index, item) in items.enumerated() {
            #expect(Array(item.readableBytesView) == expected(index, sizes[index]))
        }
    }

    @Test(arguments: [[UInt32(5)], [100_000]])
    func `a stream can fail behind its items`(sizes: [UInt32]) async throws {
        do {
            _ = try await items(sizes, failCode: 8)
            Issue.record("it should have failed")
        } catch let failure as CallFailure {
            #expect(failure.code == .resourceExhausted)
            #expect(failure.reason == "STREAM_FAILED")
            #expect(!failure.isNotProcessed)
        }
    }

    @Test(arguments: [
        [2_097_153], [UInt32](repeating: 0, count: 4_097),
        [UInt32](repeating: 2_097_152, count: 8) + [1],
    ])
    func `more than is allowed is refused`(sizes: [UInt32]) async throws {
        do {
            _ = try await items(sizes)
            Issue.record("it should have failed")
        } catch let failure as CallFailure {
            #expect(failure.reason == "STREAM_TOO_LONG")
        }
    }
}

@Test func `describe lists the test methods too`() async throws {
    try await withTestService { client, _ in
        let answer = try await client.call(
            OutboundCall(method: TestMethod.allCases.count, body: ByteBuffer()))
        let reply = try Tandem_Meta_V1_DescribeReply(
            serializedBytes: Array(answer.body.readableBytesView))
        #expect(Set(TestMethod.allCases.map(\.name)).isSubset(of: reply.methods.map(\.name)))
    }
}
