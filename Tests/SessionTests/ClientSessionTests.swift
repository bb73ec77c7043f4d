import Testing
import Wire
import WireMessages

@testable import Session

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
    private var session: ClientSession<String>

    init(_ session: consuming ClientSession<String> = ClientSession()) {
        self.session = session
    }

    var hasOpenCalls: Bool { session.hasOpenCalls }
    var isGoingAway: Bool { session.isGoingAway }

    func receive(_ welcome: Welcome) -> ClientSession<String>.OnWelcome {
        session.receive(welcome)
    }

    func start(
        _ tag: String, method: Int, isStream: Bool? = nil
    ) -> ClientSession<String>.OnStart {
        session.start(tag, method: method, isStream: isStream)
    }

    func receive(answer type: FrameType, stream: UInt32) -> ClientSession<String>.OnAnswer {
        session.receive(answer: type, stream: stream)
    }

    func receiveGoAway(isHard: Bool) -> ClientSession<String>.OnGoAway {
        session.receiveGoAway(isHard: isHard)
    }

    func abandon(stream: UInt32) -> Bool { session.abandon(stream: stream) }

    func close() -> [String] { session.close().map(\.tag) }
}

private func open(inFlight: UInt32 = 0) -> Client {
    let client = Client()
    _ = client.receive(welcome(inFlight: inFlight))
    return client
}

@Test func `a client says nothing before WELCOME, and takes it once`() {
    let session = Client()
    #expect(session.start("a", method: 0) == .refuse)
    #expect(session.receive(answer: .response, stream: 1) == .close(.unexpectedFrame(.response)))
    #expect(session.receive(welcome()) == .opened)
    #expect(session.start("a", method: 0) == .send(stream: 1))
    #expect(session.receive(welcome()) == .close(.unexpectedFrame(.welcome)))
    #expect(session.start("b", method: 0) == .refuse)
}

@Test func `a call of another kind than the server's is not sent`() {
    let session = open()
    #expect(session.start("a", method: 0, isStream: true) == .refuseKind)
    #expect(session.start("b", method: 1, isStream: false) == .refuseKind)
    #expect(!session.hasOpenCalls)
    #expect(session.start("c", method: 0, isStream: false) == .send(stream: 1))
    #expect(session.start("d", method: 1, isStream: true) == .send(stream: 2))
    // Of a method that it does not know the server says so itself, whatever stands in the rest.
    #expect(session.start("e", method: 2, isStream: true) == .send(stream: 3))
    #expect(session.start("f", method: 7, isStream: true) == .send(stream: 4))
}

@Test func `a unary call ends with its response`() {
    let session = open()
    _ = session.start("a", method: 0)
    _ = session.start("b", method: 0)
    #expect(session.receive(answer: .response, stream: 2) == .finish("b"))
    #expect(session.receive(answer: .error, stream: 1) == .finish("a"))
    #expect(!session.hasOpenCalls)
}

@Test func `a stream has items, then one end`() {
    let session = open()
    _ = session.start("a", method: 1)
    #expect(session.receive(answer: .item, stream: 1) == .item("a"))
    #expect(session.receive(answer: .item, stream: 1) == .item("a"))
    #expect(session.receive(answer: .end, stream: 1) == .finish("a"))
}

@Test(arguments: [UInt32(0), 2, .max])
func `an answer to nothing ends the connection`(stream: UInt32) {
    let session = open()
    _ = session.start("a", method: 0)
    #expect(session.receive(answer: .response, stream: stream) == .close(.unopenedStream(stream)))
}

@Test(arguments: [FrameType.response, .error])
func `a second final frame ends the connection`(second: FrameType) {
    let session = open()
    _ = session.start("a", method: 0)
    #expect(session.receive(answer: .response, stream: 1) == .finish("a"))
    #expect(session.receive(answer: second, stream: 1) == .close(.unopenedStream(1)))
}

@Test func `an item after the end ends the connection`() {
    let session = open()
    _ = session.start("a", method: 1)
    _ = session.receive(answer: .end, stream: 1)
    #expect(session.receive(answer: .item, stream: 1) == .close(.unopenedStream(1)))
}

@Test func `a stream takes no RESPONSE, and a unary call no ITEM and no END`() {
    let session = open()
    _ = session.start("a", method: 1)
    _ = session.start("b", method: 0)
    #expect(session.receive(answer: .response, stream: 1) == .close(.unexpectedFrame(.response)))
    #expect(session.receive(answer: .item, stream: 2) == .close(.unexpectedFrame(.item)))
    #expect(session.receive(answer: .end, stream: 2) == .close(.unexpectedFrame(.end)))
}

@Test func `calls beyond the server's limit wait for a slot`() {
    let session = open(inFlight: 1)
    #expect(session.start("a", method: 0) == .send(stream: 1))
    #expect(session.start("b", method: 0) == .wait)
    #expect(session.receive(answer: .response, stream: 1) == .finish("a"))
    #expect(session.start("b", method: 0) == .send(stream: 2))
}

@Test func `an abandoned call holds its slot until its final frame, which is dropped`() {
    let session = open(inFlight: 1)
    _ = session.start("a", method: 1)
    #expect(session.abandon(stream: 1))
    #expect(!session.abandon(stream: 1), "one CANCEL is enough")
    #expect(session.start("b", method: 0) == .wait)
    #expect(session.receive(answer: .item, stream: 1) == .drop)
    #expect(session.receive(answer: .error, stream: 1) == .drop)
    #expect(session.start("b", method: 0) == .send(stream: 2))
}

@Test func `a call that isn't open can't be abandoned`() {
    let session = open()
    #expect(!session.abandon(stream: 1))
}

@Test func `after a soft GOAWAY open calls finish and new ones are refused`() {
    let session = open()
    _ = session.start("a", method: 0)
    #expect(session.receiveGoAway(isHard: false) == .finish)
    #expect(session.isGoingAway)
    #expect(session.start("b", method: 0) == .refuse)
    #expect(session.receive(answer: .response, stream: 1) == .finish("a"))
}

@Test func `a hard GOAWAY ends the connection, and so does any before WELCOME`() {
    let session = open()
    #expect(session.receiveGoAway(isHard: true) == .end)
    let early = Client()
    #expect(early.receiveGoAway(isHard: false) == .end)
}

@Test func `closing tells the calls that were open, oldest first, without the abandoned`() {
    let session = open()
    for tag in ["a", "b", "c", "d"] { _ = session.start(tag, method: 0) }
    _ = session.receive(answer: .response, stream: 2)
    _ = session.abandon(stream: 3)
    #expect(session.close() == ["a", "d"])
    #expect(session.close().isEmpty)
    #expect(session.start("e", method: 0) == .refuse)
}

@Test func `a connection that has used its last stream id takes leave instead of going round`() {
    var state = ClientSession<String>.OpenState(welcome: welcome())
    state.lastStream = .max - 1
    let session = Client(.open(state))
    #expect(session.start("a", method: 0) == .send(stream: .max))
    #expect(session.start("b", method: 0) == .refuse)
    #expect(session.isGoingAway, "so that its owner opens another connection")
    #expect(session.receive(answer: .response, stream: .max) == .finish("a"))
}

@Test(arguments: [-1, 2, Int.max])
func `a method that WELCOME doesn't know is taken for unary`(method: Int) {
    let session = open()
    #expect(session.start("a", method: method) == .send(stream: 1))
    #expect(session.receive(answer: .item, stream: 1) == .close(.unexpectedFrame(.item)))
}
