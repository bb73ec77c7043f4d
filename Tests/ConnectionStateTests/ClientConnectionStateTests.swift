import Testing
import Wire
import WireMessages

@testable import ConnectionState

private func welcome(inFlight: UInt32 = 0) -> Welcome {
    var welcome = Welcome()
    welcome.limits.maxInFlight = inFlight
    var unary = MethodInfo()
    unary.known = true
    unary.kind = .unary
    var stream = MethodInfo()
    stream.known = true
    stream.kind = .stream
    var unknown = MethodInfo()
    unknown.kind = .unary
    welcome.methods = [unary, stream, unknown]
    return welcome
}

/// A class, since `#expect` takes calls apart and can't do that to a noncopyable value.
private final class Client {
    private var connection: ClientConnectionState

    init(_ connection: consuming ClientConnectionState = ClientConnectionState()) {
        self.connection = connection
    }

    var hasOpenCalls: Bool { connection.hasOpenCalls }
    var isGoingAway: Bool { connection.isGoingAway }

    func receive(_ welcome: Welcome) -> ClientConnectionState.OnWelcome {
        connection.receive(welcome)
    }

    func start(
        _ tag: Int, method: Int, isStream: Bool? = nil
    ) -> ClientConnectionState.OnStart {
        connection.start(tag, method: method, isStream: isStream)
    }

    func receive(answer type: FrameType, stream: UInt32) -> ClientConnectionState.OnAnswer {
        connection.receive(answer: type, stream: stream)
    }

    func receiveGoAway(isHard: Bool) -> ClientConnectionState.OnGoAway {
        connection.receiveGoAway(isHard: isHard)
    }

    func abandon(stream: UInt32) -> Bool { connection.abandon(stream: stream) }

    func close() -> [Int] { connection.close().map(\.tag) }
}

private func open(inFlight: UInt32 = 0) -> Client {
    let client = Client()
    _ = client.receive(welcome(inFlight: inFlight))
    return client
}

@Test func `a client says nothing before WELCOME, and takes it once`() {
    let connection = Client()
    #expect(connection.start(1, method: 0) == .refuse)
    #expect(connection.receive(answer: .response, stream: 1) == .close(.unexpectedFrame(.response)))
    #expect(connection.receive(welcome()) == .opened)
    #expect(connection.start(1, method: 0) == .send(stream: 1))
    #expect(connection.receive(welcome()) == .close(.unexpectedFrame(.welcome)))
    #expect(connection.start(2, method: 0) == .refuse)
}

@Test func `a call of another kind than the server's is not sent`() {
    let connection = open()
    #expect(connection.start(1, method: 0, isStream: true) == .refuseKind)
    #expect(connection.start(2, method: 1, isStream: false) == .refuseKind)
    #expect(!connection.hasOpenCalls)
    #expect(connection.start(3, method: 0, isStream: false) == .send(stream: 1))
    #expect(connection.start(4, method: 1, isStream: true) == .send(stream: 2))
    // Of a method that it does not know the server says so itself, whatever stands in the rest.
    #expect(connection.start(5, method: 2, isStream: true) == .send(stream: 3))
    #expect(connection.start(6, method: 7, isStream: true) == .send(stream: 4))
}

@Test func `a unary call ends with its response`() {
    let connection = open()
    _ = connection.start(1, method: 0)
    _ = connection.start(2, method: 0)
    #expect(connection.receive(answer: .response, stream: 2) == .finish(2))
    #expect(connection.receive(answer: .error, stream: 1) == .finish(1))
    #expect(!connection.hasOpenCalls)
}

@Test func `a stream has items, then one end`() {
    let connection = open()
    _ = connection.start(1, method: 1)
    #expect(connection.receive(answer: .item, stream: 1) == .item(1))
    #expect(connection.receive(answer: .item, stream: 1) == .item(1))
    #expect(connection.receive(answer: .end, stream: 1) == .finish(1))
}

@Test(arguments: [UInt32(0), 2, .max])
func `an answer to nothing ends the connection`(stream: UInt32) {
    let connection = open()
    _ = connection.start(1, method: 0)
    #expect(
        connection.receive(answer: .response, stream: stream) == .close(.unopenedStream(stream)))
}

@Test(arguments: [FrameType.response, .error])
func `a second final frame ends the connection`(second: FrameType) {
    let connection = open()
    _ = connection.start(1, method: 0)
    #expect(connection.receive(answer: .response, stream: 1) == .finish(1))
    #expect(connection.receive(answer: second, stream: 1) == .close(.unopenedStream(1)))
}

@Test func `an item after the end ends the connection`() {
    let connection = open()
    _ = connection.start(1, method: 1)
    _ = connection.receive(answer: .end, stream: 1)
    #expect(connection.receive(answer: .item, stream: 1) == .close(.unopenedStream(1)))
}

@Test func `a stream takes no RESPONSE, and a unary call no ITEM and no END`() {
    let connection = open()
    _ = connection.start(1, method: 1)
    _ = connection.start(2, method: 0)
    #expect(connection.receive(answer: .response, stream: 1) == .close(.unexpectedFrame(.response)))
    #expect(connection.receive(answer: .item, stream: 2) == .close(.unexpectedFrame(.item)))
    #expect(connection.receive(answer: .end, stream: 2) == .close(.unexpectedFrame(.end)))
}

@Test func `calls beyond the server's limit wait for a slot`() {
    let connection = open(inFlight: 1)
    #expect(connection.start(1, method: 0) == .send(stream: 1))
    #expect(connection.start(2, method: 0) == .wait)
    #expect(connection.receive(answer: .response, stream: 1) == .finish(1))
    #expect(connection.start(2, method: 0) == .send(stream: 2))
}

@Test func `an abandoned call holds its slot until its final frame, which is dropped`() {
    let connection = open(inFlight: 1)
    _ = connection.start(1, method: 1)
    #expect(connection.abandon(stream: 1))
    #expect(!connection.abandon(stream: 1), "one CANCEL is enough")
    #expect(connection.start(2, method: 0) == .wait)
    #expect(connection.receive(answer: .item, stream: 1) == .drop)
    #expect(connection.receive(answer: .error, stream: 1) == .drop)
    #expect(connection.start(2, method: 0) == .send(stream: 2))
}

@Test func `a call that isn't open can't be abandoned`() {
    let connection = open()
    #expect(!connection.abandon(stream: 1))
}

@Test func `after a soft GOAWAY open calls finish and new ones are refused`() {
    let connection = open()
    _ = connection.start(1, method: 0)
    #expect(connection.receiveGoAway(isHard: false) == .finish)
    #expect(connection.isGoingAway)
    #expect(connection.start(2, method: 0) == .refuse)
    #expect(connection.receive(answer: .response, stream: 1) == .finish(1))
}

@Test func `a hard GOAWAY ends the connection, and so does any before WELCOME`() {
    let connection = open()
    #expect(connection.receiveGoAway(isHard: true) == .end)
    let early = Client()
    #expect(early.receiveGoAway(isHard: false) == .end)
}

@Test func `closing tells the calls that were open, oldest first, without the abandoned`() {
    let connection = open()
    for tag in [1, 2, 3, 4] { _ = connection.start(tag, method: 0) }
    _ = connection.receive(answer: .response, stream: 2)
    _ = connection.abandon(stream: 3)
    #expect(connection.close() == [1, 4])
    #expect(connection.close().isEmpty)
    #expect(connection.start(5, method: 0) == .refuse)
}

@Test func `a connection that has used its last stream id takes leave instead of going round`() {
    var state = ClientConnectionState.OpenState(welcome: welcome())
    state.lastStream = .max - 1
    let connection = Client(.open(state))
    #expect(connection.start(1, method: 0) == .send(stream: .max))
    #expect(connection.start(2, method: 0) == .refuse)
    #expect(connection.isGoingAway, "so that its owner opens another connection")
    #expect(connection.receive(answer: .response, stream: .max) == .finish(1))
}

@Test(arguments: [-1, 2, Int.max])
func `a method that WELCOME doesn't know is taken for unary`(method: Int) {
    let connection = open()
    #expect(connection.start(1, method: method) == .send(stream: 1))
    #expect(connection.receive(answer: .item, stream: 1) == .close(.unexpectedFrame(.item)))
}
