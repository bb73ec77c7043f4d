import Compression
import ConnectionState
import Foundation
import NIOCore
import TandemCore
import TestSupport
import Testing
import Wire
import WireMessages

@testable import Transport

/// A server that a test plays, and what a client makes of its first words.
private func handshake(
    held: HeldDictionaries? = nil, clusterID: [UInt8]? = nil,
    _ answer: @escaping @Sendable (Hello) -> ByteBuffer
) async throws -> (hello: Hello, client: Result<Welcome, CallFailure>) {
    let turn = await Turn.next()
    defer { turn.end() }
    let listener = try await RawListener.listen()
    async let accepted = accept(on: listener, answer)
    let client: Result<Welcome, CallFailure>
    do {
        let connection = try await connect(to: listener.address) {
            $0.heldDictionaries = held
            $0.clusterID = clusterID
        }
        client = .success(connection.welcome)
        await connection.close()
    } catch let failure as CallFailure {
        client = .failure(failure)
    }
    let (hello, peer) = try await accepted
    await peer.close()
    await listener.close()
    return (hello, client)
}

private func accept(
    on listener: RawListener, _ answer: @Sendable (Hello) -> ByteBuffer
) async throws -> (Hello, RawPeer) {
    let peer = try await listener.accept()
    let hello = try await peer.readHello()
    peer.send(answer(hello))
    return (hello, peer)
}

/// A right answer to a HELLO, and then changed.
private func welcome(
    to hello: Hello, _ change: (inout Welcome) -> Void = { _ in }
) -> ByteBuffer {
    var welcome = Welcome()
    welcome.features = [Feature.zlib]
    welcome.methods = hello.methods.map { _ in
        var info = MethodInfo()
        info.known = true
        info.kind = .unary
        return info
    }
    change(&welcome)
    return WireBytes.frame(.welcome, body: welcome.body())
}

private func offered(
    _ dictionary: CompressionDictionary, withContent: Bool = true
) -> Tandem_Control_V1_Dictionary {
    var offered = Tandem_Control_V1_Dictionary()
    offered.sha256 = Data(dictionary.sha256)
    if withContent { offered.content = Data(dictionary.bytes) }
    return offered
}

private let words = CompressionDictionary(bytes: Array("order user status".utf8))
private let others = CompressionDictionary(bytes: Array("currency quantity".utf8))

/// What no WELCOME may say.
private let welcomeFaults: [@Sendable (inout Welcome) -> Void] = [
    { $0.minor = 1 },
    { $0.features.append("crc32c") },
    { $0.features.append("grease-1") },
    { $0.methods.removeLast() },
    { $0.methods.append(MethodInfo()) },
    { $0.methods[0].kind = .unspecified },
    { $0.methods[0].kind = .UNRECOGNIZED(9) },
    { $0.dictionaries = [offered(words), offered(words)] },
    { $0.dictionaries = (0...24).map { offered(CompressionDictionary(bytes: [$0, 7])) } },
    { $0.dictionaries = [offered(words, withContent: false)] },
    {
        var other = offered(words)
        other.sha256 = Data(others.sha256)
        $0.dictionaries = [other]
    },
]

@Suite struct WelcomeCheckTests {
    @Test(arguments: welcomeFaults.indices)
    func `a WELCOME that says what it may not is refused`(index: Int) async throws {
        let (_, client) = try await handshake { hello in
            welcome(to: hello, welcomeFaults[index])
        }
        guard case .failure(let failure) = client else {
            Issue.record("the client took it")
            return
        }
        #expect(failure.code == .internal)
        #expect(failure.reason == "PROTOCOL_VIOLATION")
    }

    @Test func `the cluster that is wanted stands in HELLO, and is left out if any will do`()
        async throws
    {
        let wanted = Array(UInt8(1)...16)
        let (named, _) = try await handshake(clusterID: wanted) { welcome(to: $0) }
        #expect(Array(named.clusterID) == wanted)
        let (unnamed, _) = try await handshake { welcome(to: $0) }
        #expect(!unnamed.hasClusterID)
    }

    @Test func `an unknown method needs no kind`() async throws {
        let (_, client) = try await handshake { hello in
            welcome(to: hello) { $0.methods[0] = MethodInfo() }
        }
        #expect(throws: Never.self) { try client.get() }
    }

    @Test func `limits that are left out are the specification's`() async throws {
        let (_, client) = try await handshake { hello in welcome(to: hello) }
        let found = try client.get()
        #expect(found.inFlightCountMax == 1_024)
        #expect(found.frameLengthMax == 1 << 20)
        #expect(found.metadataByteCountMax == 8_192)
    }

    @Test(arguments: [
        WireBytes.frame(.ping, body: ByteBuffer(integer: UInt64(1))),
        WireBytes.frame(.response, stream: 1),
        ByteBuffer(bytes: [0, 0, 0, 12, 0xF0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ])
    func `nothing may come before WELCOME, not even what could be skipped`(
        bytes: ByteBuffer
    ) async throws {
        let (_, client) = try await handshake { hello in
            WireBytes.joined([bytes, welcome(to: hello)])
        }
        #expect(throws: CallFailure.self) { try client.get() }
    }

    @Test(arguments: [
        (GoAwayCode.version, StatusCode.failedPrecondition), (.cluster, .failedPrecondition),
        (.protocolError, .failedPrecondition), (.limit, .unavailable), (.noError, .unavailable),
    ])
    func `a GOAWAY instead of WELCOME says whether another attempt is worth it`(
        code: GoAwayCode, expected: StatusCode
    ) async throws {
        let (_, client) = try await handshake { _ in
            WireBytes.frame(.goAway, flags: .hard, a: code.rawValue)
        }
        let failure = try #require(client.failure)
        #expect(failure.code == expected)
        #expect(failure.isNotProcessed)
        #expect((failure.retryAfter == .after(milliseconds: 1_000)) == (code == .limit))
    }
}

@Suite struct HeldDictionaryTests {
    @Test func `dictionaries are named by the next HELLO, and need no content then`() async throws {
        let held = HeldDictionaries()
        let first = try await handshake(held: held) { hello in
            welcome(to: hello) { $0.dictionaries = [offered(words), offered(others)] }
        }
        #expect(first.hello.dictionarySha256.isEmpty)
        let second = try await handshake(held: held) { hello in
            welcome(to: hello) { $0.dictionaries = [offered(others, withContent: false)] }
        }
        #expect(second.hello.dictionarySha256.map { Array($0) } == [words.sha256, others.sha256])
        #expect(throws: Never.self) { try second.client.get() }
        #expect(held.current == [others], "those of the last WELCOME")
    }

    @Test func `a refused WELCOME leaves what is held as it is`() async throws {
        let held = HeldDictionaries()
        held.replace(with: [words])
        let (_, client) = try await handshake(held: held) { hello in
            welcome(to: hello) { $0.dictionaries = [offered(others, withContent: false)] }
        }
        #expect(throws: CallFailure.self) { try client.get() }
        #expect(held.current == [words])
    }

    @Test func `dictionaries without zlib are not used`() async throws {
        let held = HeldDictionaries()
        _ = try await handshake(held: held) { hello in
            welcome(to: hello) {
                $0.features = []
                $0.dictionaries = [offered(words)]
            }
        }
        #expect(held.current.isEmpty)
    }
}

@Suite struct GreaseTests {
    @Test func `each connection offers a feature that no server has, one in four sends a frame`() {
        var generator = SeededGenerator(seed: 1)
        let greases = (0..<4_000).map { _ in Grease(using: &generator) }
        #expect(greases.allSatisfy { $0.feature.wholeMatch(of: /grease-[0-9a-f]{1,4}/) != nil })
        let frames = greases.compactMap(\.frame)
        #expect((800...1_200).contains(frames.count))
        #expect(frames.allSatisfy { $0.type >= 0xF0 && $0.body.readableBytes <= 16 })
        #expect(Set(frames.map(\.type)).count == 16)
        #expect(Set(frames.map(\.body.readableBytes)).count == 17)
    }

    @Test func `a server ignores it, with and without checksums`() async throws {
        try await withServer { server, _ in
            for round in 0..<40 {
                let client = try await connect(to: server.address) {
                    $0.greases = true
                    $0.wantsChecksums = round % 2 == 0
                }
                #expect(!client.welcome.features.contains { $0.hasPrefix("grease-") })
                _ = try await client.call(OutboundCall(method: 0, body: ByteBuffer()))
                await client.close()
            }
        }
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
