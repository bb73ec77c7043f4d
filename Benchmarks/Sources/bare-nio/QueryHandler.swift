import NIOCore

/// One connection: whatever requests a read brings are answered by one write and one flush.
final class QueryHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let table: DocumentTable
    /// The beginning of a frame whose rest has not come yet.
    private var unread = ByteBuffer()
    /// Kept from write to write, so that its memory is used again.
    private var outgoing = ByteBuffer()
    private var hasPreface = false

    init(table: DocumentTable) {
        self.table = table
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var received = unwrapInboundIn(data)
        if unread.readableBytes > 0 {
            unread.writeBuffer(&received)
            received = unread
            unread = ByteBuffer()
        }
        // Held by this call alone while it is written to: a second reference would mean a copy.
        var answers = outgoing
        outgoing = ByteBuffer()
        answers.clear()
        guard
            let used = unsafe received.withUnsafeReadableBytes({ bytes in
                unsafe answer(FrameReader(bytes), into: &answers)
            })
        else { return context.close(promise: nil) }
        if used < received.readableBytes {
            received.moveReaderIndex(forwardBy: used)
            unread = received
        }
        if answers.readableBytes > 0 {
            context.writeAndFlush(wrapOutboundOut(answers), promise: nil)
        }
        outgoing = answers
    }

    /// Answers all frames that are there whole; how many bytes those were, `nil` if one of them is
    /// none that this server knows.
    private func answer(_ frames: FrameReader, into answers: inout ByteBuffer) -> Int? {
        var frames = unsafe frames
        if !hasPreface {
            guard unsafe frames.skipPreface() else { return 0 }
            hasPreface = true
        }
        while let frame = unsafe frames.next() {
            switch frame.type {
            case .request:
                // Nobody asks for an id that is not there; such a one gets an empty document.
                answers.writeFrame(.response, stream: frame.stream, table[frame.id] ?? [])
            case .hello:
                answers.writeFrame(.welcome, stream: 0, Self.welcome)
            default:
                return nil
            }
        }
        return unsafe frames.offset
    }

    /// One method: known (1), UNARY (2), READ_ONLY (3), of requests up to 1 KiB (4); no feature, no
    /// dictionary, all limits as by default. Source: control.proto, Welcome.
    private static let welcome: ArraySlice<UInt8> = [
        0x1A, 9, 0x08, 1, 0x10, 1, 0x18, 1, 0x20, 0x80, 0x08,
    ]
}
