import NIOCore
import TandemClient
import TandemCore
import Transport

/// A connection whose server is the test: it answers when it is told to. On one thread only.
final class ManualLink: CallLink, @unchecked Sendable {
    let eventLoop: any EventLoop
    let inFlightCountMax: Int
    var failsAtOnce = false
    /// Those that have no answer yet, the oldest first.
    private(set) var calls: [(call: OutboundCall, sink: any CallSink)] = []
    private(set) var sentCount = 0

    init(_ loop: any EventLoop, inFlightMax: Int = 1_000) {
        eventLoop = loop
        inFlightCountMax = inFlightMax
    }

    var isOpen: Bool { true }
    var end: ConnectionEnd { ConnectionEnd() }
    var clusterID: ClusterID? { nil }
    var keyRetention: Duration? { nil }
    func retryPolicy(of _: Int) -> RetryPolicy { .always }
    func close() async {}

    func complete(_: OutboundCall) async throws(CallFailure) -> CompletedCall { throw Self.busy }

    func send(_ call: OutboundCall, sink: any CallSink) {
        sentCount += 1
        if failsAtOnce { return sink.receive(.finished(.failure(Self.busy))) }
        calls.append((call, sink))
    }

    /// Answers the oldest calls with 100 bytes.
    func succeed(_ count: Int = 1) {
        let body = ByteBuffer(repeating: 0, count: 100)
        for _ in 0..<count { answer(.success(CallSuccess(body: body))) }
    }

    func fail() { answer(.failure(Self.busy)) }

    private func answer(_ result: CallResult) {
        guard !calls.isEmpty else { preconditionFailure("The test answers what was not sent.") }
        calls.removeFirst().sink.receive(.finished(result))
    }

    private static let busy = CallFailure(
        .unavailable, reason: "BUSY", message: "try later", isNotProcessed: true)
}

/// Nobody can be reached.
struct NoDialer: LinkDialer {
    let loop: any EventLoop

    var eventLoop: any EventLoop { loop }

    func dial(
        _: TandemPort, on _: any EventLoopGroup
    ) async throws(CallFailure) -> any CallLink {
        throw CallFailure(
            .unavailable, reason: "NOT_REACHABLE", message: "no", isNotProcessed: true)
    }
}
