import EventModel
import Session
import Testing
import Wire

@Test func `stream ids are nonzero and strictly increasing, and gaps are fine`() {
    let harness = SessionHarness()
    let dispatched = ServerSession.OnRequest.dispatch(method: 0, SessionHarness.getTraits)
    #expect(harness.request(SessionHarness.get, stream: 5) == dispatched)
    #expect(harness.request(SessionHarness.get, stream: 6) == dispatched)
    #expect(harness.request(SessionHarness.get, stream: .max) == dispatched)
}

@Test(arguments: [UInt32(0), 1, 4, 5])
func `an id that is zero, decreasing or used ends the connection`(stream: UInt32) {
    let harness = SessionHarness()
    harness.open(5)
    #expect(
        harness.request(SessionHarness.get, stream: stream)
            == .close(.badStreamID(stream: stream, last: 5)))
}

@Test func `an id may not come back after its final frame`() {
    let harness = SessionHarness()
    harness.open(5)
    harness.finish(5)
    #expect(
        harness.request(SessionHarness.get, stream: 5) == .close(.badStreamID(stream: 5, last: 5)))
}

@Test func `an index outside the list, an unknown method and another port's are refused`() {
    let harness = SessionHarness()
    #expect(harness.request(5, stream: 1) == .refuse(.unknownMethodIndex(5, methodCount: 5)))
    #expect(
        harness.request(.max, stream: 2) == .refuse(.unknownMethodIndex(.max, methodCount: 5)))
    #expect(harness.request(4, stream: 3) == .refuse(.unknownMethod(index: 4, name: "Nowhere")))
    #expect(
        harness.request(3, stream: 4) == .refuse(.wrongPort(name: "Elsewhere", role: .command)))
    #expect(Refusal.wrongPort(name: "E", role: .command).rejection.reason == "WRONG_PORT")
    #expect(Refusal.wrongPort(name: "E", role: .command).rejection.code == .unimplemented)
}

@Test func `a body of the method's size passes, and one byte more is refused`() {
    let harness = SessionHarness()
    #expect(
        harness.request(SessionHarness.get, stream: 1, byteCount: 100)
            == .dispatch(method: 0, SessionHarness.getTraits))
    #expect(
        harness.request(SessionHarness.get, stream: 2, byteCount: 101)
            == .refuse(.bodyTooLong(byteCount: 101, byteCountMax: 100)))
}

@Test func `a command needs a key, and a query doesn't`() {
    let harness = SessionHarness()
    var metadata = Metadata()
    #expect(harness.request(SessionHarness.put, stream: 1) == .refuse(.missingKey))
    metadata.idempotencyKey = IdempotencyKey(high: 1, low: 1)
    #expect(
        harness.request(SessionHarness.put, stream: 2, metadata: metadata)
            == .dispatch(method: 2, SessionHarness.putTraits))
    metadata.malformed = .token
    #expect(
        harness.request(SessionHarness.put, stream: 3, metadata: metadata)
            == .refuse(.malformedMetadata(.token)))
}

@Test func `a full session closes a connection that exceeds its in-flight limit`() {
    var limits = WireLimits()
    limits.inFlightCountMax = 2
    let harness = SessionHarness(limits: limits)
    harness.open(1)
    harness.open(2)
    #expect(
        harness.request(SessionHarness.get, stream: 3) == .close(.tooManyInFlight(countMax: 2)))
}

@Test func `a slot is free again after its final frame, and only then`() {
    var limits = WireLimits()
    limits.inFlightCountMax = 1
    let harness = SessionHarness(limits: limits)
    harness.open(1)
    // Cancelled, but its handler hasn't stopped yet: the slot stays taken.
    #expect(harness.control(.cancel, stream: 1) == .cancel(stream: 1))
    harness.finish(1)
    #expect(
        harness.request(SessionHarness.get, stream: 2)
            == .dispatch(method: 0, SessionHarness.getTraits))
}

@Test func `a cancelled request keeps its slot until it is finished`() {
    var limits = WireLimits()
    limits.inFlightCountMax = 1
    let harness = SessionHarness(limits: limits)
    harness.open(1)
    #expect(harness.control(.cancel, stream: 1) == .cancel(stream: 1))
    #expect(
        harness.request(SessionHarness.get, stream: 2) == .close(.tooManyInFlight(countMax: 1)))
}

@Test func `a stream finishes exactly once`() {
    let harness = SessionHarness()
    harness.open(1)
    #expect(harness.finish(1))
    #expect(!harness.finish(1))
    #expect(!harness.finish(2))
}

@Test func `the bytes of open requests are counted, and given back`() {
    let harness = SessionHarness()
    harness.open(1)
    harness.open(2)
    #expect(harness.openByteCount == 20)
    harness.finish(1)
    harness.finish(1)
    #expect(harness.openByteCount == 10)
}

@Test func `a draining session still serves what arrives`() {
    let harness = SessionHarness()
    harness.open(4)
    #expect(harness.drain() == .sendGoAway(lastStream: 4))
    #expect(harness.stage == .draining)
    #expect(
        harness.request(SessionHarness.get, stream: 5)
            == .dispatch(method: 0, SessionHarness.getTraits))
    #expect(harness.finish(4))
}

@Test func `a session that has not begun to serve has nothing to drain`() {
    let session = SessionHarness(openedAt: .seconds(1))
    #expect(session.drain() == .close)
    #expect(session.stage == .closed)
}

@Test func `a closed session takes nothing`() {
    let harness = SessionHarness()
    harness.open(1)
    harness.close()
    #expect(harness.request(SessionHarness.get, stream: 2) == .close(.unexpectedFrame(.request)))
    #expect(harness.control(.cancel, stream: 1) == .close(.unexpectedFrame(.cancel)))
    #expect(!harness.finish(1))
}
