import ConnectionState
import NIOCore
import Testing
import Wire
import WireMessages

private typealias File = VectorFile<Setup, Expected>

private struct Setup: Decodable, Sendable {
    let maxLength: UInt32
    let maxMethods: Int
    let clusterId: Hex
    let features: [String]
}

private struct Expected: Decodable, Sendable {
    struct Asked: Decodable, Hashable {
        let minor: UInt32
        let features: [String]
        let methods: [String]
        let token: Hex
        let clusterId: Hex?
        let maxFrame: UInt32
        let initialWindow: UInt32
        let dictionarySha256: [Hex]
        let client: String
    }

    struct Agreed: Decodable, Hashable {
        let maxFrame: UInt32
        let initialWindow: UInt32
        let features: [String]
    }

    /// Not there if the frame isn't complete.
    let hello: Asked?
    let agreed: Agreed?
}

extension Expected.Asked {
    fileprivate init(_ hello: Hello) {
        self.init(
            minor: hello.minor, features: hello.features, methods: hello.methods,
            token: Hex(bytes: Array(hello.token)),
            clusterId: hello.hasClusterID ? Hex(bytes: Array(hello.clusterID)) : nil,
            maxFrame: hello.maxFrame, initialWindow: hello.initialWindow,
            dictionarySha256: hello.dictionarySha256.map { Hex(bytes: Array($0)) },
            client: hello.client)
    }
}

extension Expected.Agreed {
    fileprivate init(_ agreement: Agreement) {
        self.init(
            maxFrame: agreement.frameOutLengthMax, initialWindow: agreement.initialWindow,
            features: agreement.features)
    }
}

/// What a server reads and agrees to; `nil` while the frame is incomplete.
private func receive(
    _ bytes: ByteBuffer, _ setup: Setup
) throws(ProtocolViolation) -> (Hello, Agreement)? {
    var limits = WireLimits()
    limits.methodCountMax = setup.maxMethods
    var state = ServerConnectionState(openedAt: MonotonicTime(nanoseconds: 0))
    _ = state.receive(Preface(role: .query), servedRole: .query)
    var decoder = FrameDecoder(lengthMax: setup.maxLength)
    var unread = bytes
    guard case .frame(let frame) = try decoder.next(from: &unread) else { return nil }
    let hello = try Hello(body: frame.payload, of: frame.type)
    let outcome = state.receive(
        hello, methods: MethodTable(role: .query), clusterID: setup.clusterId.bytes,
        limits: limits)
    switch outcome {
    case .welcome(let agreement): return (hello, agreement)
    case .close(let violation): throw violation
    }
}

@Test func `a HELLO is read the same wherever TCP cuts it`() throws {
    for vector in try File.load("hello").vectors {
        let whole = decoded([vector.input.buffer], lengthMax: vector.setup.maxLength)
        for cut in 0...vector.input.buffer.readableBytes {
            let pieces = vector.input.buffer.cut(at: cut)
            guard decoded(pieces, lengthMax: vector.setup.maxLength) != whole else { continue }
            Issue.record("\(vector.id) cut at \(cut)")
        }
    }
}

/// The frame, or what is wrong with it; `nil` while it is incomplete.
private func decoded(_ pieces: [ByteBuffer], lengthMax: UInt32) -> Result<Frame, Breach>? {
    var decoder = FrameDecoder(lengthMax: lengthMax)
    var unread = ByteBuffer()
    do throws(ProtocolViolation) {
        for piece in pieces {
            unread.writeImmutableBuffer(piece)
            if case .frame(let frame) = try decoder.next(from: &unread) { return .success(frame) }
        }
        return nil
    } catch {
        return .failure(Breach(violation: error))
    }
}

private struct Breach: Error, Equatable {
    let violation: ProtocolViolation
}

@Test func `HELLOs are what the vectors say, and so is what is agreed`() throws {
    let file = try File.load("hello")
    for vector in file.vectors {
        #expect(Feature.all == vector.setup.features, "\(vector.id)")
        do throws(ProtocolViolation) {
            let read = try receive(vector.input.buffer, vector.setup)
            #expect(vector.violation == nil, "\(vector.id)")
            #expect((read != nil) == (vector.result == .valid), "\(vector.id)")
            #expect(read.map { .init($0.0) } == vector.expected?.hello, "\(vector.id)")
            #expect(read.map { .init($0.1) } == vector.expected?.agreed, "\(vector.id)")
        } catch {
            #expect(error.finding == vector.violation, "\(vector.id)")
        }
    }
    #expect(file.vectors.count == file.count && file.count > 50)
}
