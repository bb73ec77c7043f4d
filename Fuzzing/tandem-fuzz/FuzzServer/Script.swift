import NIOCore
import TandemCore
import Wire

/// A client that goes by the rules for the most part, and a model of what it may expect.
struct Script {
    private let connection: ServerConnection
    private var lastStream: UInt32 = 0
    private var requested: [UInt32] = []
    private var credit: [UInt32: Int] = [:]
    private var seenItemByteCounts: [UInt32: Int] = [:]
    /// What has not been sent yet: several frames may make one segment.
    private var segment = ByteBuffer()
    /// The client broke the rules: what is answered then is checked for its form only.
    private var isBroken = false

    init(_ connection: ServerConnection) {
        self.connection = connection
    }

    mutating func run(_ input: inout FuzzInput) {
        for _ in 0..<200 where !input.isEmpty { step(&input) }
        flush()
        finish()
    }

    private mutating func step(_ input: inout FuzzInput) {
        switch input.byte() % 16 {
        case 0, 1, 2, 3: request(&input)
        case 4: about(.cancel, 0, &input)
        case 5, 6:
            let amounts: [UInt32] = [1, 100, 1_024, 5_000, 100_000, .max >> 1, 0]
            about(.credit, input.element(of: amounts), &input)
        case 7: write(Frame(type: .ping, payload: ByteBuffer(repeating: input.byte(), count: 8)))
        case 8: skip(&input)
        case 9: write(Frame(type: .goAway, a: UInt16(input.byte())))
        case 10:
            flush()
            connection.setWritable(input.byte() & 1 == 1)
        case 11:
            flush()
            connection.advance(.milliseconds(Int64(input.byte())))
        case 12:
            flush()
            connection.service.ledger.releaseAll()
        case 13: if input.byte() == 0 { connection.drain() }
        case 14: raw(&input)
        default: flush()
        }
    }

    private mutating func request(_ input: inout FuzzInput) {
        let method = UInt16(input.byte() % 9)
        let gap = UInt32(input.byte())
        // Mostly the next id; now and then one that can't be opened.
        let stream = gap == 255 ? lastStream : lastStream + 1 + (gap > 200 ? gap : 0)
        if stream <= lastStream { isBroken = true }
        lastStream = max(lastStream, stream)
        var metadata = Metadata()
        let entries = input.byte()
        if entries & 1 == 1 { metadata.idempotencyKey = IdempotencyKey(high: 1, low: 2) }
        if entries & 2 == 2 {
            metadata.custom = [CustomEntry(name: "n", value: .binary([entries]))]
        }
        let timeout = input.element(of: [UInt32(0), 1, 60_000, .max])
        let body = input.bytes(Int(input.byte()))
        var frame = ByteBuffer()
        frame.writeFrame(
            .request, a: method, stream: stream, b: timeout, metadata: metadata, body: body)
        requested.append(stream)
        credit[stream] = Int(connection.window)
        append(frame)
    }

    /// CANCEL or CREDIT, mostly of a stream that there is.
    private mutating func about(_ type: FrameType, _ b: UInt32, _ input: inout FuzzInput) {
        let index = input.index(below: requested.count + 1)
        let stream = index < requested.count ? requested[index] : UInt32(input.byte())
        if type == .credit { credit[stream, default: 0] += Int(b) }
        write(Frame(type: type, stream: stream, b: b))
    }

    private mutating func skip(_ input: inout FuzzInput) {
        let body = input.bytes(Int(input.byte() % 20))
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(
            UInt32(12 + body.readableBytes), UInt8(0xF0), UInt8(0), UInt16(0), UInt32(0), UInt32(0))
        frame.writeImmutableBuffer(body)
        append(frame)
    }

    private mutating func raw(_ input: inout FuzzInput) {
        let bytes = input.bytes(Int(input.byte()))
        guard bytes.readableBytes > 0 else { return }
        isBroken = true
        segment.writeImmutableBuffer(bytes)
        flush()
    }

    private mutating func write(_ frame: Frame) {
        var bytes = ByteBuffer()
        bytes.write(frame)
        append(bytes)
    }

    private mutating func append(_ frame: ByteBuffer) {
        segment.writeImmutableBuffer(connection.hasChecksums ? frame.sealed() : frame)
        if segment.readableBytes > 4_096 { flush() }
    }

    private mutating func flush() {
        if segment.readableBytes > 0 { connection.send(segment) }
        segment = ByteBuffer()
        look()
    }

    private mutating func look() {
        connection.look()
        guard !isBroken else { return }
        let answers = connection.answers
        require(answers.finished.isSubset(of: requested), "only calls are answered")
        for (stream, byteCount) in answers.itemByteCounts {
            // One ITEM may overdraw, and no ITEM of this service is longer.
            require(
                byteCount < (credit[stream] ?? 0) + 16_384,
                "stream \(stream) got \(byteCount) bytes with \(credit[stream] ?? 0) of credit")
        }
    }

    /// Lets everything come to its end, and looks whether each call got one.
    private mutating func finish() {
        connection.setWritable(true)
        look()
        connection.service.ledger.releaseAll()
        look()
        for stream in requested where !connection.answers.finished.contains(stream) {
            guard !connection.answers.isOver, !isBroken else { break }
            write(Frame(type: .cancel, stream: stream))
            flush()
        }
        if !connection.answers.isOver, !isBroken {
            require(
                connection.answers.finished == Set(requested), "each call gets its final frame")
        }
        connection.close()
    }
}
