import Foundation
import TandemCore
import Testing
import Wire
import WireMessages

@testable import ConnectionState

private let start = MonotonicTime.seconds(1)

/// HELLO on a session that has its preface.
private func welcome(
    _ change: (inout Hello) -> Void = { _ in }, cluster: [UInt8] = [1, 2]
) -> ServerConnectionState.OnHello {
    let connection = ConnectionHarness(openedAt: start)
    _ = connection.preface(.query)
    var hello = Hello()
    change(&hello)
    return connection.receive(hello, cluster: cluster)
}

private func agreement(_ change: (inout Hello) -> Void) throws -> Agreement {
    guard case .welcome(let agreement) = welcome(change) else {
        throw NotWelcomed()
    }
    return agreement
}

private struct NotWelcomed: Error {}

@Test func `a connection goes from preface to HELLO to serving to closed`() {
    let connection = ConnectionHarness(openedAt: start)
    #expect(connection.stage == .preface)
    #expect(connection.preface(.query) == .awaitHello)
    #expect(connection.stage == .hello)
    let outcome = connection.receive(Hello())
    guard case .welcome = outcome else {
        Issue.record("\(outcome)")
        return
    }
    #expect(connection.stage == .serving)
    connection.close()
    #expect(connection.stage == .closed)
}

@Test func `a preface for another port is told which port this is`() {
    let connection = ConnectionHarness(openedAt: start)
    #expect(
        connection.preface(.command)
            == .close(.wrongRole(asked: .command, served: .query)))
    #expect(connection.stage == .closed)
}

@Test func `a request before HELLO ends the connection`() {
    let connection = ConnectionHarness(openedAt: start)
    _ = connection.preface(.query)
    let outcome = connection.request(0, stream: 1)
    #expect(outcome == .close(.unexpectedFrame(.request)))
}

@Test(arguments: [FrameType.ping, .cancel, .credit, .goAway, .welcome, .response])
func `no other frame may stand before HELLO`(type: FrameType) {
    let connection = ConnectionHarness(openedAt: start)
    _ = connection.preface(.query)
    #expect(connection.control(type) == .close(.unexpectedFrame(type)))
    #expect(connection.stage == .closed)
}

@Test func `nothing is skipped before HELLO`() {
    let connection = ConnectionHarness(openedAt: start)
    _ = connection.preface(.query)
    #expect(connection.skip(type: 0x90) == .close(.unknownFrameType(0x90)))
}

@Test func `a second HELLO ends the connection, which remembers its last stream for GOAWAY`() {
    let connection = ConnectionHarness()
    connection.open(7)
    #expect(connection.receive(Hello()) == .close(.unexpectedFrame(.hello)))
    #expect(connection.lastStream == 7)
}

@Test func `methods are bound by their index in the client's list`() throws {
    let agreement = try agreement { $0.methods = ["Put", "Nowhere", "Elsewhere", "Get"] }
    #expect(
        agreement.methods == [
            .served(number: 2, ConnectionHarness.putTraits), .unknown(name: "Nowhere"),
            .servedElsewhere(name: "Elsewhere", role: .command),
            .served(number: 0, ConnectionHarness.getTraits),
        ])
    #expect(agreement.methods.map(\.info.known) == [true, false, false, true])
    #expect(agreement.methods[0].info.idempotency == .keyed)
    #expect(agreement.methods[3].info.maxSize == 100)
}

@Test func `256 methods pass, and one more doesn't`() {
    guard case .welcome = welcome({ $0.methods = Array(repeating: "Get", count: 256) }) else {
        Issue.record("256 methods were refused")
        return
    }
    #expect(
        welcome { $0.methods = Array(repeating: "Get", count: 257) }
            == .close(.tooManyMethods(count: 257, countMax: 256)))
}

@Test func `a client of another cluster is kept out, and one that names none is not`() {
    #expect(welcome { $0.clusterID = .init([9]) } == .close(.wrongCluster))
    #expect(welcome { $0.clusterID = .init() } == .close(.wrongCluster))
    for named in [true, false] {
        guard case .welcome = welcome({ if named { $0.clusterID = .init([1, 2]) } }) else {
            Issue.record("the right cluster was refused")
            return
        }
    }
}

@Test func `unknown features are left out of what is agreed`() throws {
    #expect(try agreement { $0.features = ["zlib", "brotli"] }.features == ["zlib"])
    #expect(try agreement { $0.features = ["zlib"] }.acceptsZlib)
    #expect(try !agreement { $0.features = ["ZLIB", "brotli"] }.acceptsZlib)
}

@Test func `zero in HELLO means the default`() throws {
    let agreement = try agreement { _ in }
    #expect(agreement.initialWindow == 256 << 10)
    #expect(agreement.frameOutLengthMax == 4 << 20)
}

@Test func `extremes in HELLO are brought within limits`() throws {
    let most = try agreement {
        $0.maxFrame = .max
        $0.initialWindow = .max
    }
    #expect(most.frameOutLengthMax == 4 << 20)
    #expect(most.initialWindow == UInt32(Int32.max))
    let least = try agreement {
        $0.maxFrame = 1
        $0.initialWindow = 1
    }
    #expect(least.frameOutLengthMax == Agreement.frameLengthFloor)
    #expect(least.initialWindow == 1)
}

// MARK: - What lives on

/// The bytes of all text and data that a value holds, wherever inside.
private func heldByteCount(in value: Any) -> Int {
    if let text = value as? String { return text.utf8.count }
    if let bytes = value as? [UInt8] { return bytes.count }
    if let bytes = value as? Data { return bytes.count }
    return Mirror(reflecting: value).children.reduce(0) { $0 + heldByteCount(in: $1.value) }
}

@Test func `what HELLO holds besides what was agreed does not live on`() throws {
    let agreement = try agreement { hello in
        hello.dictionarySha256 = Array(repeating: Data(repeating: 7, count: 32), count: 200)
        hello.dictionarySha256 += (0..<2_000).map { _ in Data([1]) }
        hello.features = ["zlib"] + (0..<50).map { "feature-\($0)" }
        hello.client = String(repeating: "c", count: 5_000)
        hello.token = Data(repeating: 2, count: 2_000)
        hello.methods = ["Get", "Elsewhere"]
    }
    #expect(heldByteCount(in: agreement) == "zlib".utf8.count + "Elsewhere".utf8.count)
}

@Test func `of the names of unknown methods only so much is kept as errors are worth`() throws {
    let names = (0..<250).map { "\($0)" + String(repeating: "m", count: 60) }
    let agreement = try agreement { $0.methods = names + ["Get", "x"] }
    #expect(agreement.methods.count == 252)
    #expect(agreement.methods[0] == .unknown(name: names[0]))
    #expect(agreement.methods[249] == .unknown(name: nil))
    #expect(agreement.methods[250] == .served(number: 0, ConnectionHarness.getTraits))
    #expect(heldByteCount(in: agreement) <= Agreement.unknownNameByteCountMax)
    #expect(
        Refusal.unknownMethod(index: 249, name: nil).rejection.message.contains("index 249"))
}
