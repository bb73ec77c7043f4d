import NIOCore
import Synchronization
import Wire
import WireMessages

/// One connection of the load: bursts of requests, counted answers.
final class LoadHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    struct Begin: Sendable {}

    private let depth: Int
    private let keys: [UInt64]
    private let query: ReadBenchmark.Query
    private let counters: LoadRun.Counters
    private var random: UInt64
    private var stream: UInt32 = 0
    private var awaited = 0
    private var unread = ByteBuffer()
    private var decoder = FrameDecoder(lengthMax: 4 << 20)

    init(
        depth: Int, query: ReadBenchmark.Query, keys: [UInt64], seed: UInt64,
        counters: LoadRun.Counters
    ) {
        self.depth = depth
        self.query = query
        self.keys = keys
        self.counters = counters
        random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    }

    func channelActive(context: ChannelHandlerContext) {
        var hello = Hello()
        hello.features = [Feature.zlib]
        hello.methods = [
            query == .get
                ? "tandem.orders.v1.OrderQueries/GetOrder"
                : "tandem.orders.v1.OrderQueries/ListUserOrders"
        ]
        var buffer = ByteBuffer()
        Preface(role: .query).write(to: &buffer)
        buffer.writeFrame(.hello, body: hello.body())
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        sendBurst(context)
        promise?.succeed(())
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var received = unwrapInboundIn(data)
        counters.bytes.wrappingAdd(received.readableBytes, ordering: .relaxed)
        if unread.readableBytes == 0 {
            unread = received
        } else {
            unread.discardReadBytes()
            unread.writeBuffer(&received)
        }
        var answers = 0
        do {
            while case .frame(let frame) = try decoder.next(from: &unread) {
                switch frame.type {
                case .response, .end: answers += 1
                case .welcome, .item: break
                default: preconditionFailure("The server answered with \(frame.type).")
                }
            }
        } catch {
            preconditionFailure("The server answered with what is no frame: \(error).")
        }
        if unread.readableBytes == 0 { unread = ByteBuffer() }
        guard answers > 0 else { return }
        counters.answers.wrappingAdd(answers, ordering: .relaxed)
        awaited -= answers
        if awaited == 0 { sendBurst(context) }
    }

    private func sendBurst(_ context: ChannelHandlerContext) {
        var buffer = context.channel.allocator.buffer(capacity: depth * 32)
        for _ in 0..<depth {
            // xorshift64: the same keys in every run.
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            let key = keys[Int(random % UInt64(keys.count))]
            stream &+= 1
            let body = Varint.field(1, key)
            buffer.writeFrameHead(.request, stream: stream, bodyByteCount: body.count)
            buffer.writeBytes(body)
        }
        awaited = depth
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }
}

/// Just enough protobuf for a request with one number in it.
enum Varint {
    static func field(_ number: UInt8, _ value: UInt64) -> [UInt8] {
        var bytes = [number << 3]
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
        return bytes
    }
}
