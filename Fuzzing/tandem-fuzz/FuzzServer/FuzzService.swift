import ConnectionState
import NIOCore
import Synchronization
import TandemCore
import Wire
import WireMessages

@testable import Transport

/// What became of a port's connections, and the calls that wait for an answer.
final class Ledger: Sendable {
    private struct State {
        var madeCount = 0
        var closedCount = 0
        var openBatchCount = 0
        var held: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    var madeCount: Int { state.withLock { $0.madeCount } }
    var closedCount: Int { state.withLock { $0.closedCount } }
    var openBatchCount: Int { state.withLock { $0.openBatchCount } }

    func made() { state.withLock { $0.madeCount += 1 } }
    func closed() { state.withLock { $0.closedCount += 1 } }
    func batch(_ change: Int) { state.withLock { $0.openBatchCount += change } }

    func hold(_ release: @escaping @Sendable () -> Void) {
        state.withLock { $0.held.append(release) }
    }

    /// Answers what waits, oldest first.
    func releaseAll() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for release in held { release() }
    }
}

/// A port with a method of each kind, all of them bounded.
struct FuzzService: PortService {
    enum Method: Int, CaseIterable {
        case echo, grow, page, hold, put, feed

        var traits: MethodTraits {
            switch self {
            case .echo, .grow, .hold:
                MethodTraits(kind: .unary, idempotency: .readOnly, bodyByteCountMax: 1_000)
            case .page, .feed:
                MethodTraits(kind: .stream, idempotency: .readOnly, bodyByteCountMax: 100)
            case .put:
                MethodTraits(kind: .unary, idempotency: .keyed, bodyByteCountMax: 100)
            }
        }
    }

    let ledger = Ledger()
    let errorDomain = "fuzz"
    let identity = ServerIdentity(
        name: "fuzz/1", clusterID: [1, 2, 3], epoch: LogEpoch(rawValue: 77),
        keyRetention: .seconds(9))

    /// Those of the service, one that no server has, and one of the built-in ones.
    static let names =
        Method.allCases.map { "fuzz/\($0)" } + ["fuzz/none", "tandem.meta.v1.Meta/Status"]

    var report: PortReport {
        PortReport(domain: errorDomain, status: { _ in Tandem_Meta_V1_StatusReply() })
    }

    var methods: MethodTable {
        var table = MethodTable(role: .query)
        for (name, method) in zip(Self.names, Method.allCases) {
            table.serve(name, method.traits)
        }
        return table
    }

    func dictionaries() -> [OfferedDictionary] { [] }

    func makeService(
        for port: ServerPort, agreement: Agreement, dictionaryCount: Int
    ) -> any ConnectionService {
        ledger.made()
        return FuzzConnection(port, ledger)
    }
}

final class FuzzConnection: ConnectionService, PlainAnswerer {
    private let port: ServerPort
    private let ledger: Ledger
    /// Items that a feed may still send; without an end it would fill any memory.
    private var itemsLeft: [UInt32: Int] = [:]

    init(_ port: ServerPort, _ ledger: Ledger) {
        self.port = port
        self.ledger = ledger
    }

    func batchBegan(now: MonotonicTime) { ledger.batch(1) }

    func batchEnded() { ledger.batch(-1) }

    let answersPlainly = true
    let plainMethods: Set = [FuzzService.Method.echo.rawValue, FuzzService.Method.grow.rawValue]

    /// Answers alone what is odd: whoever stops early is called again.
    func answer(
        _ calls: Span<PlainCall>, in bytes: RawSpan, frameLengthMax: Int,
        byteCountMax: Int, replies: inout ReplyWriter
    ) -> Int {
        let end = replies.buffer.writerIndex + byteCountMax
        for index in calls.indices {
            guard replies.buffer.writerIndex < end else { return index }
            let call = calls[index]
            let body = bytes.extracting(Int(call.bodyOffset)..<call.end)
            let copy = unsafe body.withUnsafeBytes { unsafe ByteBuffer(bytes: $0) }
            guard call.stream % 5 != 0, copy.readableBytes + 100 <= frameLengthMax,
                call.method == FuzzService.Method.echo.rawValue
            else { return index }
            replies.response(call.stream, body: copy.readableBytesView, metadata: Metadata())
        }
        return calls.count
    }

    func handle(_ request: ServerRequest, replies: inout ReplyWriter) -> Disposition {
        var body = request.body
        let stream = request.stream
        switch FuzzService.Method(rawValue: request.method) {
        case .echo, .put, nil:
            var metadata = Metadata()
            metadata.custom = request.metadata.custom
            replies.response(stream, body: body.readableBytesView, metadata: metadata)
            return .answered
        case .grow:
            let count = Int(body.readInteger(as: UInt16.self) ?? 0)
            replies.response(stream, body: [UInt8](repeating: 7, count: count), metadata: nil)
            return .answered
        case .page:
            let (count, size) = body.readMultipleIntegers(as: (UInt8, UInt16).self) ?? (0, 0)
            for _ in 0..<(count % 32) {
                replies.beginItem(stream, bodyByteCount: Int(size % 4_096))
                replies.buffer.writeRepeatingByte(8, count: Int(size % 4_096))
            }
            replies.end(stream, .init(), metadata: nil)
            return .paged
        case .hold:
            let reference = ServerPortReference(port)
            ledger.hold {
                reference.execute { port in
                    port.finish(stream) { $0.response(stream, body: [], metadata: nil) }
                    port.flush()
                }
            }
            return .pending
        case .feed:
            itemsLeft[stream] = 64
            let bound = NIOLoopBound(self, eventLoop: port.eventLoop)
            port.eventLoop.execute { bound.value.send(stream) }
            return .pending
        }
    }

    private func send(_ stream: UInt32) {
        while let left = itemsLeft[stream], left > 0, port.maySendItem(on: stream) {
            itemsLeft[stream] = left - 1
            let item = ByteBuffer(repeating: 5, count: 300)
            guard port.sendItem(stream, encoding: 0, rawByteCount: 0, body: item) else { break }
        }
        port.flush()
    }

    func cancel(_ stream: UInt32) {
        itemsLeft[stream] = nil
        port.finish(stream) { $0.error(stream, .cancelledByClient, isNotProcessed: false) }
    }

    func expire(_ stream: UInt32) {
        itemsLeft[stream] = nil
        port.finish(stream) { $0.error(stream, .deadlineExceeded, isNotProcessed: false) }
    }

    func resume(_ stream: UInt32) { send(stream) }

    func connectionClosed() { ledger.closed() }
}
