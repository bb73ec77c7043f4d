import ConnectionState
import NIOCore
import Wire
import WireMessages

/// A connection's first bytes. The first byte says whether the rest is all of them, or only the
/// body of HELLO; the next two where to cut.
func fuzzHello(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let isBody = input.byte() & 1 == 1
    let cut = input.index(below: input.rest.readableBytes + 24)
    var bytes = input.rest
    if isBody {
        bytes = ByteBuffer()
        Preface(role: .query).write(to: &bytes)
        bytes.writeFrame(.hello, body: input.rest)
    }
    let whole = Handshake([bytes])
    require(Handshake(bytes.cut(at: cut)) == whole, "a cut at \(cut) changes nothing")
    if bytes.readableBytes <= 60 {
        require(Handshake(bytes.singleBytes) == whole, "bytes may come one by one")
    }
    if let agreement = whole.agreement, let hello = whole.hello { check(agreement, hello) }
    return 0
}

/// What a server made of the first bytes.
private struct Handshake: Equatable {
    var hello: Hello?
    var agreement: Agreement?
    var violation: ProtocolViolation?

    init(_ pieces: [ByteBuffer]) {
        var state = ServerConnectionState(openedAt: MonotonicTime(nanoseconds: 0))
        var unread = ByteBuffer()
        do throws(ProtocolViolation) {
            for piece in pieces where agreement == nil {
                unread.writeImmutableBuffer(piece)
                try read(&state, &unread)
            }
        } catch {
            violation = error
        }
    }

    private mutating func read(
        _ state: inout ServerConnectionState, _ unread: inout ByteBuffer
    ) throws(ProtocolViolation) {
        let limits = WireLimits()
        if state.stage == .preface {
            guard let preface = try Preface.read(from: &unread) else { return }
            if case .close(let violation) = state.receive(preface, servedRole: .query) {
                throw violation
            }
        }
        var decoder = FrameDecoder(lengthMax: limits.helloLengthMax)
        switch try decoder.next(from: &unread) {
        case .incomplete:
            return
        case .skipped(let type):
            throw .unknownFrameType(type)
        case .frame(let frame):
            guard frame.type == .hello else { throw .unexpectedFrame(frame.type) }
            let read = try Hello(body: frame.payload, of: .hello)
            let outcome = state.receive(
                read, methods: table, clusterID: [1, 2, 3], limits: limits)
            switch outcome {
            case .welcome(let agreed): (hello, agreement) = (read, agreed)
            case .close(let violation): throw violation
            }
        }
    }
}

private let table: MethodTable = {
    let traits = MethodTraits(kind: .unary, idempotency: .readOnly, bodyByteCountMax: 100)
    var table = MethodTable(role: .query)
    table.serve("a/B", traits)
    table.mention("c/D", role: .command)
    return table
}()

private func check(_ agreement: Agreement, _ hello: Hello) {
    let limits = WireLimits()
    require(
        agreement.frameOutLengthMax >= Agreement.frameLengthFloor
            && agreement.frameOutLengthMax <= limits.frameOutLengthMax, "frames have their bounds")
    require(
        agreement.initialWindow > 0 && agreement.initialWindow <= UInt32(Int32.max),
        "the window has its bounds")
    require(
        agreement.features.allSatisfy {
            Feature.all(on: table.role).contains($0) && hello.features.contains($0)
        },
        "features are those of both sides")
    require(agreement.methods.count == hello.methods.count, "each method has its number")
    require(hello.methods.count <= limits.methodCountMax, "methods have their bound")
    for (name, binding) in zip(hello.methods, agreement.methods) {
        require(binding == table[name], "methods keep their order")
    }
    do throws(ProtocolViolation) {
        require(try Hello(body: hello.body(), of: .hello) == hello, "HELLO is written the same")
    } catch {
        require(false, "HELLO can be read again")
    }
}
