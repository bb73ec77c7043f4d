import ConnectionState
import NIOCore
import Synchronization
import TandemCore
import Wire
import WireMessages

@testable import Transport

/// What the connections of a ``TestService`` went through, for the tests to look at.
final class Probe: Sendable {
    struct Counts: Hashable {
        var batches = 0
        /// Batches that began and haven't ended.
        var openBatches = 0
        var handled = 0
        var cancelled = 0
        var resumed = 0
        var expired = 0
        var closed = 0
        /// Of pages.
        var items = 0
        /// Of the work that takes several turns.
        var pieces = 0
    }

    private struct State {
        var counts = Counts()
        var held: [@Sendable () -> Void] = []
        var troubles: [String] = []
    }

    private let state = Mutex(State())

    /// What the port's health is to complain of.
    var troubles: [String] {
        get { state.withLock { $0.troubles } }
        set { state.withLock { $0.troubles = newValue } }
    }

    var counts: Counts { state.withLock { $0.counts } }

    func count(_ change: (inout Counts) -> Void) { state.withLock { change(&$0.counts) } }

    func hold(_ release: @escaping @Sendable () -> Void) {
        state.withLock { $0.held.append(release) }
    }

    /// Answers what is held, oldest first.
    func releaseAll() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for release in held { release() }
    }
}

/// Methods that misbehave in every way that a server has to be ready for.
struct TestService: PortService {
    enum Method: Int, CaseIterable {
        /// Answers its own body.
        case echo
        /// Answers as many bytes as its body's u32 says.
        case grow
        /// A page of u32 items of u32 bytes each.
        case page
        /// Answers when the probe says so, or when cancelled.
        case hold
        /// A command: echoes.
        case put
        /// Items of 1,000 bytes for as long as they may go out, and no end.
        case feed
        /// Takes as many turns as its body's u32 says, and then answers.
        case spend

        var name: String { "test/\(self)" }
        var index: UInt16 { UInt16(rawValue) }

        var traits: MethodTraits {
            switch self {
            case .echo, .grow, .hold, .spend:
                MethodTraits(kind: .unary, idempotency: .readOnly, bodyByteCountMax: 100_000)
            case .page, .feed:
                MethodTraits(
                    kind: .stream, idempotency: .readOnly, bodyByteCountMax: 100,
                    isSubscription: self == .feed)
            case .put:
                MethodTraits(kind: .unary, idempotency: .keyed, bodyByteCountMax: 100)
            }
        }
    }

    let probe = Probe()
    let errorDomain = "test"
    let identity = ServerIdentity(
        name: "test/1", clusterID: [1, 2, 3], epoch: LogEpoch(rawValue: 77),
        keyRetention: .seconds(9))

    var report: PortReport {
        PortReport(
            domain: errorDomain, troubles: { probe.troubles },
            status: { _ in
                var status = Tandem_Meta_V1_StatusReply()
                status.role = "test"
                return status
            })
    }

    static let names = Method.allCases.map(\.name)
    /// Of all methods: field 1 holds messages.
    private static let requestShape = MessageShape(of: Tandem_Feed_V1_FeedBatch.self)

    var methods: MethodTable {
        var table = MethodTable(role: .query)
        for method in Method.allCases {
            table.serve(method.name, method.traits, request: Self.requestShape)
        }
        return table
    }

    func dictionaries() -> [OfferedDictionary] { [] }

    func makeService(
        for port: ServerPort, agreement: Agreement, dictionaryCount: Int
    ) -> any ConnectionService {
        TestConnection(port, probe)
    }
}

final class TestConnection: ConnectionService {
    private let port: ServerPort
    private let probe: Probe

    init(_ port: ServerPort, _ probe: Probe) {
        self.port = port
        self.probe = probe
    }

    func batchBegan(now: MonotonicTime) {
        probe.count {
            $0.batches += 1
            $0.openBatches += 1
        }
    }

    func batchEnded() { probe.count { $0.openBatches -= 1 } }

    func handle(_ request: ServerRequest, replies: inout ReplyWriter) -> Disposition {
        probe.count { $0.handled += 1 }
        var body = request.body
        let stream = request.stream
        switch TestService.Method(rawValue: request.method) {
        case .echo, .put, nil:
            replies.response(stream, body: body.readableBytesView, metadata: nil)
            return .answered
        case .grow:
            let count = Int(body.readInteger(as: UInt32.self) ?? 0)
            replies.response(
                stream, body: [UInt8](repeating: UInt8(truncatingIfNeeded: stream), count: count),
                metadata: nil)
            return .answered
        case .page:
            writePage(&body, stream, &replies)
            return .paged
        case .hold:
            let reference = ServerPortReference(port)
            probe.hold {
                reference.execute { port in
                    port.finish(stream) { $0.response(stream, body: [], metadata: nil) }
                    port.flush()
                }
            }
            return .pending
        case .feed:
            let bound = NIOLoopBound(self, eventLoop: port.eventLoop)
            port.eventLoop.execute { bound.value.send(stream) }
            return .pending
        case .spend:
            spendTurns(on: stream, count: body.readInteger(as: UInt32.self) ?? 1)
            return .pending
        }
    }

    private func writePage(
        _ body: inout ByteBuffer, _ stream: UInt32, _ replies: inout ReplyWriter
    ) {
        let (count, size) = body.readMultipleIntegers(as: (UInt32, UInt32).self) ?? (0, 0)
        let start = replies.buffer.writerIndex
        for number in 0..<count
        where replies.buffer.writerIndex - start <= replies.pageByteCountMax {
            probe.count { $0.items += 1 }
            replies.beginItem(stream, bodyByteCount: Int(size))
            replies.buffer.writeRepeatingByte(UInt8(truncatingIfNeeded: number), count: Int(size))
        }
        replies.end(stream, .init(), metadata: nil)
    }

    private func spendTurns(on stream: UInt32, count: UInt32) {
        var left = count
        port.spendTurns { [port, probe] in
            probe.count { $0.pieces += 1 }
            left -= 1
            guard left == 0 else { return false }
            port.finish(stream) { $0.response(stream, body: [], metadata: nil) }
            port.flush()
            return true
        }
    }

    private func send(_ stream: UInt32) {
        while port.maySendItem(on: stream) {
            let item = ByteBuffer(repeating: 5, count: 1_000)
            guard port.sendItem(stream, encoding: 0, rawByteCount: 0, body: item) else { break }
        }
        port.flush()
    }

    func cancel(_ stream: UInt32) {
        probe.count { $0.cancelled += 1 }
        port.finish(stream) { $0.error(stream, .cancelledByClient, isNotProcessed: false) }
    }

    func expire(_ stream: UInt32) {
        probe.count { $0.expired += 1 }
        port.finish(stream) { $0.error(stream, .deadlineExceeded, isNotProcessed: false) }
    }

    func resume(_ stream: UInt32) {
        probe.count { $0.resumed += 1 }
        send(stream)
    }

    func connectionClosed() { probe.count { $0.closed += 1 } }
}
