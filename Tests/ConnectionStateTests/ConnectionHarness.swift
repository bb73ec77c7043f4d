import ConnectionState
import NIOCore
import TandemCore
import Wire
import WireMessages

/// A server session with the methods of ``table``.
///
/// A class, since `#expect` takes calls apart and can't do that to a noncopyable value.
final class ConnectionHarness {
    private var connection: ServerConnectionState
    var limits: WireLimits
    var now = MonotonicTime(nanoseconds: 1_000_000_000)

    static let names = ["Get", "List", "Put", "Elsewhere", "Nowhere"]
    static let get: UInt16 = 0
    static let list: UInt16 = 1
    static let put: UInt16 = 2

    static let getTraits = MethodTraits(kind: .unary, idempotency: .readOnly, bodyByteCountMax: 100)
    static let listTraits = MethodTraits(
        kind: .stream, idempotency: .readOnly, bodyByteCountMax: 100)
    static let putTraits = MethodTraits(kind: .unary, idempotency: .keyed, bodyByteCountMax: 100)

    static var table: MethodTable {
        var table = MethodTable(role: .query)
        table.serve("Get", getTraits)
        table.serve("List", listTraits)
        table.serve("Put", putTraits)
        table.mention("Elsewhere", role: .command)
        return table
    }

    /// A session that has received nothing.
    init(openedAt now: MonotonicTime) {
        limits = WireLimits()
        connection = ServerConnectionState(openedAt: now)
    }

    /// A session past its handshake.
    init(window: UInt32 = 1_000, limits: WireLimits = WireLimits()) {
        self.limits = limits
        connection = ServerConnectionState(openedAt: now)
        _ = preface(.query)
        var hello = Hello()
        hello.methods = Self.names
        hello.initialWindow = window
        _ = receive(hello)
    }

    var stage: ServerConnectionState.Stage { connection.stage }
    var lastStream: UInt32? { connection.update { $0.lastStream } }
    var openByteCount: Int? { connection.update { $0.openByteCount } }

    /// The preface, on a query port.
    func preface(_ role: ConnectionRole) -> ServerConnectionState.OnPreface {
        connection.receive(Preface(role: role), servedRole: .query)
    }

    func receive(_ hello: Hello, cluster: [UInt8] = []) -> ServerConnectionState.OnHello {
        connection.receive(hello, methods: Self.table, clusterID: cluster, limits: limits)
    }

    @discardableResult
    func finish(_ stream: UInt32) -> Bool { connection.finish(stream) }

    func drain() -> ServerConnectionState.OnDrain { connection.drain() }

    func close() { connection.close() }

    func skip(type: UInt8) -> ServerConnectionState.OnControl {
        connection.receiveSkipped(type: type, now: now, limits: limits)
    }

    func tick(
        _ activity: ServerConnectionState.Activity, now: MonotonicTime
    ) -> ServerConnectionState.OnTick {
        connection.tick(activity, now: now, limits: limits)
    }

    func request(
        _ method: UInt16, stream: UInt32, metadata: Metadata = Metadata(), byteCount: Int = 0
    ) -> ServerConnectionState.OnRequest {
        connection.receive(
            request: Frame(type: .request, a: method, stream: stream), metadata: metadata,
            bodyByteCount: byteCount, limits: limits)
    }

    /// Opens a stream that stays open.
    func open(_ stream: UInt32, _ traits: MethodTraits = listTraits) {
        _ = request(traits == Self.listTraits ? Self.list : Self.get, stream: stream)
        connection.hold(stream, traits, byteCount: 10)
    }

    func control(
        _ type: FrameType, stream: UInt32 = 0, b: UInt32 = 0, body: [UInt8] = []
    ) -> ServerConnectionState.OnControl {
        connection.receive(
            control: Frame(type: type, stream: stream, b: b, payload: ByteBuffer(bytes: body)),
            now: now, limits: limits)
    }

    func ping() -> ServerConnectionState.OnControl {
        control(.ping, body: [UInt8](repeating: 7, count: 8))
    }

    func spend(_ byteCount: Int, on stream: UInt32) {
        connection.update { $0.spendCredit(byteCount, on: stream) }
    }

    func maySend(on stream: UInt32) -> Bool {
        connection.update { $0.maySendItem(on: stream) } ?? false
    }
}

extension MonotonicTime {
    static func seconds(_ seconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: seconds * 1_000_000_000)
    }
}
