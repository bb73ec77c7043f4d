import ConnectionState
import NIOCore
import Wire
import WireMessages

/// The server of a recorded session: hears the client's bytes, and what was answered.
final class RecordedServer {
    private var state = ServerConnectionState(openedAt: MonotonicTime(nanoseconds: 0))
    private var decoder = FrameDecoder(lengthMax: WireLimits().helloLengthMax)
    private var unread = ByteBuffer()
    private let methods: MethodTable
    private let role: ConnectionRole

    private static let orders = "tandem.orders.v1."
    private static let getTraits = MethodTraits(
        kind: .unary, idempotency: .readOnly, bodyByteCountMax: 65_536)
    private static let listTraits = MethodTraits(
        kind: .stream, idempotency: .readOnly, bodyByteCountMax: 65_536)
    private static let putTraits = MethodTraits(
        kind: .unary, idempotency: .keyed, bodyByteCountMax: 1_024_000)

    init?(role number: UInt8) {
        guard let role = ConnectionRole(rawValue: number) else { return nil }
        self.role = role
        var methods = MethodTable(role: role)
        methods.serve(Self.orders + "OrderQueries/GetUser", Self.getTraits)
        methods.serve(Self.orders + "OrderQueries/ListUsers", Self.listTraits)
        methods.serve(Self.orders + "OrderQueries/ListUserOrders", Self.listTraits)
        methods.serve(Self.orders + "OrderCommands/RegisterUser", Self.putTraits)
        self.methods = methods
    }

    /// The client's frames, and what is wrong with them.
    func receive(_ bytes: ByteBuffer) -> ([SeenFrame], Finding?) {
        unread.writeImmutableBuffer(bytes)
        var frames: [SeenFrame] = []
        do throws(ProtocolViolation) {
            if state.stage == .preface {
                guard let preface = try Preface.read(from: &unread) else { return ([], nil) }
                if case .close(let violation) = state.receive(preface, servedRole: role) {
                    throw violation
                }
            }
            while true {
                let decoded = try decoder.next(from: &unread)
                guard let seen = SeenFrame(decoded) else { return (frames, nil) }
                frames.append(seen)
                if case .frame(let frame) = decoded { try handle(frame) }
            }
        } catch {
            return (frames, error.finding)
        }
    }

    private func handle(_ frame: Frame) throws(ProtocolViolation) {
        let limits = WireLimits()
        switch frame.type {
        case .hello:
            let hello = try Hello(body: frame.payload, of: .hello)
            switch state.receive(hello, methods: methods, clusterID: [], limits: limits) {
            case .close(let violation):
                throw violation
            case .welcome(let agreement):
                decoder.lengthMax = limits.frameInLengthMax
                if agreement.usesChecksums { decoder.checksums = .awaited }
            }
        case .request:
            try handleRequest(frame, limits)
        case .welcome, .response, .item, .end, .error, .cancel, .credit, .ping, .pong, .goAway:
            let outcome = state.receive(
                control: frame, now: MonotonicTime(nanoseconds: 1), limits: limits)
            if case .close(let violation) = outcome { throw violation }
        }
    }

    private func handleRequest(
        _ frame: Frame, _ limits: WireLimits
    ) throws(ProtocolViolation) {
        var body = frame.payload
        var metadata = Metadata()
        if frame.flags.contains(.metadata) {
            metadata = try Metadata(
                readingFrom: &body, byteCountMax: limits.metadataByteCountMax)
        }
        let outcome = state.receive(
            request: frame, metadata: metadata, bodyByteCount: body.readableBytes, limits: limits)
        switch outcome {
        case .dispatch(_, let traits):
            state.hold(frame.stream, traits, byteCount: frame.length)
        case .refuse:
            break
        case .close(let violation):
            throw violation
        }
    }

    /// What the recorded server answered, for the state of its streams.
    func send(_ bytes: ByteBuffer) {
        var rest = bytes
        while let header = FrameHeader(peeking: rest) {
            rest.moveReaderIndex(forwardBy: min(Int(header.length) + 4, rest.readableBytes))
            switch FrameType(rawValue: header.type) {
            case .response, .end, .error: state.finish(header.stream)
            case .item: state.update { $0.spendCredit(Int(header.length) + 4, on: header.stream) }
            default: break
            }
        }
    }
}

/// The client of a recorded session: the product's own, made to start the same calls.
final class RecordedClient {
    private let client: EmbeddedClient
    private var pending: [Int] = []
    private var isWelcomed = false

    /// The product numbers its streams from 1 on, waits for WELCOME before it sends, and breaks no
    /// rules.
    static func canFollow(_ vector: SessionVector) -> Bool {
        let requests = vector.steps.filter { $0.from == .client }.flatMap { $0.frames ?? [] }
            .filter { $0.type == FrameType.request.rawValue }
        let breach = vector.steps.last { $0.violation != nil }
        return breach?.from != .client
            && requests.enumerated().allSatisfy { $1.stream == UInt32($0 + 1) }
            && vector.id != "sessions/dictionaries"
    }

    init(_ vector: SessionVector) throws {
        let hello = vector.steps.lazy.flatMap { $0.frames ?? [] }.first { $0.type == 1 }
        let asked = try Hello(body: hello?.payload?.buffer ?? ByteBuffer(), of: .hello)
        client = EmbeddedClient(
            acceptsZlib: asked.features.contains(Feature.zlib),
            wantsChecksums: asked.features.contains(Feature.checksums),
            methodCount: asked.methods.count)
    }

    var finding: Finding? { client.violation?.finding }
    var items: [[UInt8]] { client.sinks.flatMap(\.items) }
    var areAllCallsFinished: Bool { client.sinks.allSatisfy { $0.result != nil } }

    /// The product sends nothing before WELCOME, so a call from before then starts behind it.
    func send(_ step: SessionVector.Step) {
        for frame in step.frames ?? [] where frame.type == FrameType.request.rawValue {
            pending.append(Int(frame.a ?? 0))
        }
        if isWelcomed { startPending() }
    }

    func receive(_ pieces: [ByteBuffer]) {
        for piece in pieces { client.receive(piece) }
        isWelcomed = true
        startPending()
    }

    private func startPending() {
        for method in pending { client.call(method: method) }
        pending = []
    }
}
