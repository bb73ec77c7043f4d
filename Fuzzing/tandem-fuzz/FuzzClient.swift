import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import TandemCore
import Wire
import WireMessages

@testable import Transport

/// What a server sends. The first byte chooses what the client asked for, the second how many
/// calls it has open, the next two where to cut.
func fuzzClient(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let choice = ClientChoice(rawValue: input.byte())
    let callCount = Int(input.byte() % 5)
    let cut = input.index(below: input.rest.readableBytes)
    var bytes = input.rest
    if choice.contains(.sealed) { bytes = bytes.withChecksums() }

    let whole = ClientConnection(choice, callCount: callCount).run([bytes])
    let pieces = ClientConnection(choice, callCount: callCount).run(bytes.cut(at: cut))
    require(whole == pieces, "a cut at \(cut) makes of \(whole) not \(pieces)")
    return 0
}

/// How the connection begins.
struct ClientChoice: OptionSet {
    let rawValue: UInt8

    static let zlib = ClientChoice(rawValue: 1)
    static let checksums = ClientChoice(rawValue: 2)
    /// A good WELCOME comes first.
    static let welcomed = ClientChoice(rawValue: 4)
    /// Each of the frames that follow has a good checksum.
    static let sealed = ClientChoice(rawValue: 8)
    /// The calls wait for their items to be taken.
    static let slow = ClientChoice(rawValue: 16)
}

/// What a call was told, in a form that can be compared.
enum Told: Hashable {
    case item(ByteBuffer)
    case success(ByteBuffer, ConsistencyToken?, isReplay: Bool, [CustomEntry])
    case failure(CallFailure)

    init(_ event: CallEvent) {
        switch event {
        case .item(let body):
            self = .item(body)
        case .finished(.success(let success)):
            self = .success(
                success.body, success.token, isReplay: success.isReplay, success.custom)
        case .finished(.failure(let failure)):
            self = .failure(failure)
        }
    }

    var isFinal: Bool {
        if case .item = self { false } else { true }
    }
}

final class Sink: CallSink {
    private let told = Mutex<[Told]>([])

    var events: [Told] { told.withLock { $0 } }

    func receive(_ event: CallEvent) { told.withLock { $0.append(Told(event)) } }
}

/// One client connection from its beginning to its end.
struct ClientConnection {
    private let choice: ClientChoice
    private let handler: ClientChannelHandler
    private let channel: EmbeddedChannel
    private let sinks: [Sink]

    init(_ choice: ClientChoice, callCount: Int) {
        self.choice = choice
        var configuration = ClientConfiguration(
            role: .query, methods: ["Get", "List"], clientName: "fuzz")
        configuration.acceptsZlib = choice.contains(.zlib)
        configuration.wantsChecksums = choice.contains(.checksums)
        configuration.frameInLengthMax = 16_384
        configuration.bodyByteCountMax = 65_536
        configuration.initialWindow = 4_096
        configuration.greases = false
        let loop = EmbeddedEventLoop()
        handler = ClientChannelHandler(
            configuration: configuration, welcomed: loop.makePromise(of: Welcome.self))
        channel = EmbeddedChannel(handler: handler, loop: loop)
        sinks = (0..<callCount).map { _ in Sink() }
        // An embedded channel connects to anything at once.
        try? channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    /// All that its calls were told.
    func run(_ pieces: [ByteBuffer]) -> [[Told]] {
        if choice.contains(.welcomed) {
            receive(welcome)
            startCalls()
        }
        for piece in pieces { receive(piece) }
        if !choice.contains(.welcomed) { startCalls() }
        checkSent()
        _ = try? channel.finish(acceptAlreadyClosed: true)
        for sink in sinks {
            let events = sink.events
            require(events.count(where: \.isFinal) == 1, "a call ends once, but: \(events)")
            require(events.last?.isFinal == true, "nothing comes behind the end")
        }
        return sinks.map(\.events)
    }

    private func startCalls() {
        for (number, sink) in sinks.enumerated() {
            let call = OutboundCall(
                method: number % 2, body: ByteBuffer(repeating: 1, count: number),
                grantsCreditItself: choice.contains(.slow))
            handler.start(ClientCall(call, sink: sink))
        }
    }

    private func receive(_ bytes: ByteBuffer) {
        // What goes wrong shows in what the calls are told.
        _ = try? channel.writeInbound(bytes)
        channel.embeddedEventLoop.run()
    }

    private var welcome: ByteBuffer {
        var welcome = Welcome()
        welcome.methods = [MethodInfo.Kind.unary, .stream].map { kind in
            var info = MethodInfo()
            info.known = true
            info.kind = kind
            return info
        }
        welcome.features =
            (choice.contains(.zlib) ? [Feature.zlib] : [])
            + (choice.contains(.checksums) ? [Feature.checksums] : [])
        welcome.limits.maxFrame = 1 << 20
        var bytes = ByteBuffer()
        bytes.writeFrame(.welcome, body: welcome.body())
        return bytes
    }

    /// What the client sends is right, whatever it was sent.
    private func checkSent() {
        var sent = ByteBuffer()
        while var bytes = try? channel.readOutbound(as: ByteBuffer.self) {
            sent.writeBuffer(&bytes)
        }
        do throws(ProtocolViolation) {
            require(try Preface.read(from: &sent)?.role == .query, "the preface comes first")
        } catch {
            require(false, "the preface is right")
        }
        var decoder = FrameDecoder(lengthMax: 1 << 20)
        decoder.checksums = choice.contains(.checksums) ? .awaited : .notAgreed
        let reading = FrameReading([sent], decoder)
        require(reading.violation == nil && reading.restByteCount == 0, "only good frames are sent")
        var isOver = false
        for case .frame(let frame) in reading.frames {
            require(!isOver, "nothing is sent behind a hard GOAWAY")
            isOver = frame.type == .goAway && frame.flags.contains(.hard)
            require(
                [.hello, .request, .cancel, .credit, .ping, .pong, .goAway].contains(frame.type),
                "only a client's frames are sent")
        }
    }
}
