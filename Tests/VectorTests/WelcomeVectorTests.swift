import NIOCore
import Testing
import Wire
import WireMessages

private typealias File = VectorFile<Setup, Expected>

private struct Setup: Decodable, Sendable {
    let minor: UInt32
    let features: [String]
    let methods: Int
    let held: [Hex]
}

private struct Expected: Decodable, Sendable {
    struct Method: Decodable, Hashable {
        let known: Bool
        let kind: String?
        let idempotency: String?
        let maxSize: UInt32
    }

    /// Not there if the frame isn't complete.
    let minor: UInt32?
    let features: [String]?
    let methods: [Method]?
    let dictionaries: Int?
    let clusterId: Hex?
    let logEpoch: String?
    let keyRetentionMs: String?
    let server: String?
    let endpoints: [String: String]?
}

extension Expected.Method {
    fileprivate init(_ info: MethodInfo) {
        let kinds: [MethodInfo.Kind: String] = [.unary: "unary", .stream: "stream"]
        let repeats: [MethodInfo.Idempotency: String] = [.readOnly: "read-only", .keyed: "keyed"]
        self.init(
            known: info.known, kind: kinds[info.kind], idempotency: repeats[info.idempotency],
            maxSize: info.maxSize)
    }
}

private func expectSame(_ welcome: Welcome, _ expected: Expected, _ id: String) {
    #expect(welcome.minor == expected.minor, "\(id)")
    #expect(welcome.features == expected.features, "\(id)")
    #expect(welcome.methods.map(Expected.Method.init) == expected.methods, "\(id)")
    #expect(welcome.dictionaries.count == expected.dictionaries, "\(id)")
    #expect(Hex(bytes: Array(welcome.clusterID)) == expected.clusterId, "\(id)")
    #expect(welcome.logEpoch == expected.logEpoch.flatMap { UInt64($0, radix: 16) }, "\(id)")
    #expect(String(welcome.keyRetentionMs) == expected.keyRetentionMs, "\(id)")
    #expect(welcome.server == expected.server, "\(id)")
    #expect(welcome.endpoints == expected.endpoints, "\(id)")
}

@Test func `WELCOMEs are read, taken and refused as the vectors say`() throws {
    let file = try File.load("welcome")
    // The product speaks no later minor version, and so can't say so in HELLO.
    for vector in file.vectors where vector.setup.minor == 0 {
        let setup = vector.setup
        let client = EmbeddedClient(
            acceptsZlib: setup.features.contains(Feature.zlib),
            wantsChecksums: setup.features.contains(Feature.checksums),
            methodCount: setup.methods)
        client.receive(vector.input.buffer)
        // By the code: which part of a WELCOME makes no sense is told in words.
        #expect(client.violation?.code.rawValue == vector.violation?.code, "\(vector.id)")
        guard let expected = vector.expected, vector.result == .valid else { continue }
        var unread = vector.input.buffer
        var decoder = FrameDecoder(lengthMax: 1 << 20)
        guard case .frame(let frame) = try decoder.next(from: &unread) else {
            Issue.record("\(vector.id) is a whole frame")
            continue
        }
        expectSame(try Welcome(body: frame.payload, of: .welcome), expected, vector.id)
    }
    #expect(file.vectors.count == file.count && file.count > 30)
}

@Test func `a WELCOME is taken or refused the same wherever TCP cuts it`() throws {
    for vector in try File.load("welcome").vectors where vector.setup.minor == 0 {
        for cut in 0...vector.input.buffer.readableBytes {
            let client = EmbeddedClient(
                acceptsZlib: vector.setup.features.contains(Feature.zlib),
                wantsChecksums: vector.setup.features.contains(Feature.checksums),
                methodCount: vector.setup.methods)
            for piece in vector.input.buffer.cut(at: cut) { client.receive(piece) }
            guard client.violation?.code.rawValue != vector.violation?.code else { continue }
            Issue.record("\(vector.id) cut at \(cut)")
        }
    }
}
