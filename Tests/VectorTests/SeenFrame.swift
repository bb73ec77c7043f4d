import ConnectionState
import NIOCore
import NIOEmbedded
import Wire
import WireMessages

@testable import Transport

/// A frame as the vectors write it: its fields, or the type of one that is skipped.
struct SeenFrame: Decodable, Hashable {
    let type: UInt8?
    let flags: UInt8?
    let a: UInt16?
    let stream: UInt32?
    let b: UInt32?
    let payload: Hex?
    let skipped: UInt8?

    /// `nil` if there is no frame.
    init?(_ decoded: DecodedFrame) {
        switch decoded {
        case .incomplete:
            return nil
        case .skipped(let type):
            self.init(skipped: type)
        case .frame(let frame):
            self.init(frame)
        }
    }

    private init(skipped type: UInt8) {
        self.type = nil
        flags = nil
        a = nil
        stream = nil
        b = nil
        payload = nil
        skipped = type
    }

    private init(_ frame: Frame) {
        type = frame.type.rawValue
        flags = frame.flags.rawValue
        a = frame.a
        stream = frame.stream
        b = frame.b
        payload = Hex(frame.payload)
        skipped = nil
    }

    /// Whether a checksum stands behind the frame is the decoder's affair: it takes the flag off.
    static func == (left: SeenFrame, right: SeenFrame) -> Bool {
        left.type == right.type && left.a == right.a && left.stream == right.stream
            && left.b == right.b && left.payload == right.payload && left.skipped == right.skipped
            && left.flags.map { $0 & 0x7F } == right.flags.map { $0 & 0x7F }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(payload)
    }
}

extension Hex {
    init(_ buffer: ByteBuffer) {
        self.init(bytes: Array(buffer.readableBytesView))
    }

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

extension ByteBuffer {
    /// The bytes in two pieces.
    func cut(at count: Int) -> [ByteBuffer] {
        var rest = self
        let first = rest.readSlice(length: count) ?? ByteBuffer()
        return [first, rest]
    }

    /// Each byte as a piece of its own.
    var singleBytes: [ByteBuffer] {
        readableBytesView.map { ByteBuffer(integer: $0) }
    }
}

/// Who reads a frame, past its handshake and with no stream open.
enum FramePeer {
    case server(ServerPeer)
    case client(EmbeddedClient)

    init?(_ receiver: String?) {
        switch receiver {
        case "server": self = .server(ServerPeer())
        case "client": self = .client(EmbeddedClient(welcome: .withOneMethod))
        default: return nil
        }
    }

    func check(_ frame: Frame) throws(ProtocolViolation) {
        switch self {
        case .server(let peer):
            if case .close(let violation) = peer.receive(frame) { throw violation }
        case .client(let client):
            client.receive(frame)
            if let violation = client.violation { throw violation }
        }
    }
}

/// A server session that serves.
final class ServerPeer {
    private var state = ServerConnectionState(openedAt: MonotonicTime(nanoseconds: 0))

    init() {
        _ = state.receive(Preface(role: .query), servedRole: .query)
        _ = state.receive(
            Hello(), methods: MethodTable(role: .query), clusterID: [], limits: WireLimits())
    }

    func receive(_ frame: Frame) -> ServerConnectionState.OnControl {
        state.receive(
            control: frame, now: MonotonicTime(nanoseconds: 0), limits: WireLimits())
    }
}
