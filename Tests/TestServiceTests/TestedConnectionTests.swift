import ConnectionState
import NIOCore
import NIOPosix
import SwiftProtobuf
import TandemCore
import TestMessages
import Testing
import Transport
import Wire
import WireMessages

@testable import TestService

@Suite struct CancelledCallTests {
    private func sleep(ignoring: Bool) -> OutboundCall {
        OutboundCall(
            method: TestMethod.sleep.rawValue,
            body: Tandem_Test_V1_SleepRequest.with {
                // One that is to end early has so long that no machine is too slow to tell.
                $0.ms = ignoring ? 400 : 60_000
                $0.ignoreCancel = ignoring
            }.body())
    }

    /// When the server's final frame came, and what it said.
    private func finalFrame(
        ignoring: Bool, deadline: UInt32 = 0, cancels: Bool
    ) async throws -> (frame: Frame, after: Duration) {
        var outcome: (Frame, Duration)?
        try await withRawConnection { connection in
            let clock = ContinuousClock()
            let start = clock.now
            try await connection.send {
                $0.writeFrame(
                    .request, a: UInt16(TestMethod.sleep.rawValue), stream: 1, b: deadline,
                    body: sleep(ignoring: ignoring).body)
                if cancels { $0.writeFrame(.cancel, stream: 1) }
            }
            let frame = try await connection.next()
            outcome = (frame, clock.now - start)
        }
        return try #require(outcome)
    }

    @Test func `a cancelled sleep ends at once`() async throws {
        let (frame, after) = try await finalFrame(ignoring: false, cancels: true)
        #expect(frame.a == StatusCode.cancelled.rawValue)
        #expect(!frame.flags.contains(.notProcessed))
        // Timed: what is not ended takes its minute.
        #expect(after < .seconds(60))
    }

    @Test func `a sleep that ignores it is CANCELLED at its end`() async throws {
        let (frame, after) = try await finalFrame(ignoring: true, cancels: true)
        #expect(frame.a == StatusCode.cancelled.rawValue)
        // Timed: a lower bound, counted from before the request.
        #expect(after >= .milliseconds(400))
    }

    @Test func `a sleep past its deadline ends there`() async throws {
        let (frame, after) = try await finalFrame(ignoring: false, deadline: 50, cancels: false)
        #expect(frame.a == StatusCode.deadlineExceeded.rawValue)
        // Timed: what is not ended takes its minute.
        #expect(after < .seconds(60))
    }

    @Test func `a sleep that ignores its deadline says so at its end`() async throws {
        let (frame, after) = try await finalFrame(ignoring: true, deadline: 50, cancels: false)
        #expect(frame.a == StatusCode.deadlineExceeded.rawValue)
        // Timed: a lower bound, counted from before the request.
        #expect(after >= .milliseconds(400))
    }

    @Test(arguments: [[UInt32(30_000), 30_000], [60_000, 60_000]])
    func `a stream that waits for credit can be cancelled`(sizes: [UInt32]) async throws {
        try await withRawConnection { connection in
            try await connection.send {
                $0.writeFrame(
                    .request, a: UInt16(TestMethod.stream.rawValue), stream: 1,
                    body: Tandem_Test_V1_StreamRequest.with { $0.sizes = sizes }.body())
            }
            #expect(try await connection.next().type == .item)
            try await connection.send { $0.writeFrame(.cancel, stream: 1) }
            let last = try await connection.next()
            #expect(last.type == .error)
            #expect(last.a == StatusCode.cancelled.rawValue)
        }
    }

    @Test(arguments: [[UInt32(30_000), 30_000], [60_000, 60_000]])
    func `a stream that waits for credit ends at its deadline`(sizes: [UInt32]) async throws {
        try await withRawConnection { connection in
            try await connection.send {
                $0.writeFrame(
                    .request, a: UInt16(TestMethod.stream.rawValue), stream: 1, b: 50,
                    body: Tandem_Test_V1_StreamRequest.with { $0.sizes = sizes }.body())
            }
            #expect(try await connection.next().type == .item)
            let last = try await connection.next()
            #expect(last.a == StatusCode.deadlineExceeded.rawValue)
        }
    }
}
