import NIOCore
import NIOPosix
import Synchronization
import TandemClient
import TandemCore
import Transport

/// Stands in for both ports of a server: a script says how each call goes.
final class FakeServer: LinkDialer, Sendable {
    enum Reaction: Sendable {
        case answer(CallSuccess, items: [ByteBuffer] = [])
        case fail(CallFailure)
        /// The connection ends, and all its open calls with it.
        case loseConnection
        case silence
    }

    struct Received: Sendable {
        let port: TandemPort
        let call: OutboundCall
        /// From 1, over both ports.
        let number: Int
    }

    private struct State {
        var received: [Received] = []
        var dialCount = 0
        var refusedDialCount = 0
        var openCountMax = 0
    }

    typealias Script = @Sendable (Received) -> Reaction

    let eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
    let inFlightCountMax: Int
    let keyRetention: Duration?
    /// What it says of its commands.
    let commandRetryPolicy: RetryPolicy
    /// What the way its connections end asks for.
    let waitAfterEnd: Duration
    private let script: Script
    private let state = Mutex(State())

    /// - Parameter refusedDialCount: So many attempts to connect fail before one succeeds.
    init(
        refusedDialCount: Int = 0, inFlightCountMax: Int = 1_024, keyRetention: Duration? = nil,
        commandRetryPolicy: RetryPolicy = .withKey, waitAfterEnd: Duration = .zero,
        script: @escaping Script
    ) {
        self.inFlightCountMax = inFlightCountMax
        self.keyRetention = keyRetention
        self.commandRetryPolicy = commandRetryPolicy
        self.waitAfterEnd = waitAfterEnd
        self.script = script
        state.withLock { $0.refusedDialCount = refusedDialCount }
    }

    var received: [Received] { state.withLock { $0.received } }
    var dialCount: Int { state.withLock { $0.dialCount } }
    /// The most calls that were open at once on one connection.
    var openCountMax: Int { state.withLock { $0.openCountMax } }

    func dial(
        _ port: TandemPort, on group: any EventLoopGroup
    ) async throws(CallFailure) -> any CallLink {
        let isRefused = state.withLock { state in
            state.dialCount += 1
            return state.dialCount <= state.refusedDialCount
        }
        if isRefused {
            throw CallFailure(
                .unavailable, reason: "NOT_REACHABLE", message: "refused", isNotProcessed: true)
        }
        return FakeLink(self, port, on: group.next())
    }

    fileprivate func react(to call: OutboundCall, on port: TandemPort, openCount: Int) -> Reaction {
        let received = state.withLock { state in
            let received = Received(port: port, call: call, number: state.received.count + 1)
            state.received.append(received)
            state.openCountMax = max(state.openCountMax, openCount)
            return received
        }
        return script(received)
    }
}

final class FakeLink: CallLink, Sendable {
    private struct State {
        var isOpen = true
        var end = ConnectionEnd()
        var sinks: [Int: any CallSink] = [:]
        var numberLast = 0
    }

    let eventLoop: any EventLoop
    private let server: FakeServer
    private let port: TandemPort
    private let state = Mutex(State())

    init(_ server: FakeServer, _ port: TandemPort, on eventLoop: any EventLoop) {
        self.server = server
        self.port = port
        self.eventLoop = eventLoop
    }

    var inFlightCountMax: Int { server.inFlightCountMax }
    var keyRetention: Duration? { server.keyRetention }
    func retryPolicy(of method: Int) -> RetryPolicy {
        port == .query ? .always : server.commandRetryPolicy
    }
    var clusterID: ClusterID? { nil }
    var isOpen: Bool { state.withLock { $0.isOpen } }
    var end: ConnectionEnd { state.withLock { $0.end } }

    func send(_ call: OutboundCall, sink: any CallSink) {
        let place = state.withLock { state -> (number: Int, openCount: Int)? in
            guard state.isOpen else { return nil }
            state.numberLast += 1
            state.sinks[state.numberLast] = sink
            return (state.numberLast, state.sinks.count)
        }
        guard let place else {
            return sink.receive(.finished(.failure(.lost(isNotProcessed: true))))
        }
        let reaction = server.react(to: call, on: port, openCount: place.openCount)
        eventLoop.execute { self.carryOut(reaction, number: place.number) }
    }

    func complete(_ call: OutboundCall) async throws(CallFailure) -> CompletedCall {
        let result: Result<CompletedCall, CallFailure> = await withCheckedContinuation {
            send(call, sink: Collector($0))
        }
        return try result.get()
    }

    func close() async { lose() }

    private func carryOut(_ reaction: FakeServer.Reaction, number: Int) {
        switch reaction {
        case .silence: break
        case .loseConnection: lose()
        case .fail(let failure): finish(number, .failure(failure))
        case .answer(let success, let items): finish(number, .success(success), items: items)
        }
    }

    private func finish(_ number: Int, _ result: CallResult, items: [ByteBuffer] = []) {
        let ended = state.withLock { state in
            state.end.hasAnswered = true
            return state.sinks.removeValue(forKey: number)
        }
        guard let sink = ended else { return }
        for item in items { sink.receive(.item(item)) }
        sink.receive(.finished(result))
    }

    private func lose() {
        let sinks = state.withLock { state in
            defer { state.sinks = [:] }
            state.isOpen = false
            state.end.leftAt = state.end.leftAt ?? .now
            state.end.wait = server.waitAfterEnd
            return state.sinks
        }
        eventLoop.execute {
            for sink in sinks.values {
                sink.receive(.finished(.failure(.lost(isNotProcessed: false))))
            }
        }
    }

    private final class Collector: CallSink {
        private let items = Mutex<[ByteBuffer]>([])
        private let continuation: CheckedContinuation<Result<CompletedCall, CallFailure>, Never>

        init(_ continuation: CheckedContinuation<Result<CompletedCall, CallFailure>, Never>) {
            self.continuation = continuation
        }

        func receive(_ event: CallEvent) {
            switch event {
            case .item(let item): items.withLock { $0.append(item) }
            case .finished(.failure(let failure)):
                continuation.resume(returning: .failure(failure))
            case .finished(.success(let end)):
                let items = items.withLock { $0 }
                continuation.resume(returning: .success(CompletedCall(items: items, end: end)))
            }
        }
    }
}

extension CallFailure {
    static func lost(isNotProcessed: Bool) -> CallFailure {
        CallFailure(
            .unavailable, reason: "CONNECTION_LOST", message: "lost",
            isNotProcessed: isNotProcessed)
    }

    static func of(_ code: StatusCode, reason: String = "TEST") -> CallFailure {
        CallFailure(code, reason: reason, message: "test", isNotProcessed: false)
    }
}

extension CallSuccess {
    static func reply(
        _ body: [UInt8] = [], position: UInt64? = nil, epoch: UInt64 = 1, isReplay: Bool = false
    ) -> CallSuccess {
        CallSuccess(
            body: ByteBuffer(bytes: body),
            token: position.map {
                ConsistencyToken(
                    epoch: LogEpoch(rawValue: epoch), position: LogPosition(rawValue: $0))
            }, isReplay: isReplay, ageMilliseconds: nil)
    }
}

extension TandemConfiguration {
    /// Impatient, so that tests are quick.
    static var quick: TandemConfiguration {
        var configuration = TandemConfiguration()
        configuration.backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(5))
        return configuration
    }
}
