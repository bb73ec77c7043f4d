import ConnectionState
import TandemCore
import Testing
import Wire

@Test func `stream ids are nonzero and strictly increasing, and gaps are fine`() {
    let harness = ConnectionHarness()
    let dispatched = ServerConnectionState.OnRequest.dispatch(
        method: 0, ConnectionHarness.getTraits)
    #expect(harness.request(ConnectionHarness.get, stream: 5) == dispatched)
    #expect(harness.request(ConnectionHarness.get, stream: 6) == dispatched)
    #expect(harness.request(ConnectionHarness.get, stream: .max) == dispatched)
}

@Test(arguments: [UInt32(0), 1, 4, 5])
func `an id that is zero, decreasing or used ends the connection`(stream: UInt32) {
    let harness = ConnectionHarness()
    harness.open(5)
    #expect(
        harness.request(ConnectionHarness.get, stream: stream)
            == .close(.badStreamID(stream: stream, last: 5)))
}

@Test func `an id may not come back after its final frame`() {
    let harness = ConnectionHarness()
    harness.open(5)
    harness.finish(5)
    #expect(
        harness.request(ConnectionHarness.get, stream: 5)
            == .close(.badStreamID(stream: 5, last: 5)))
}

@Test func `an index outside the list, an unknown method and another port's are refused`() {
    let harness = ConnectionHarness()
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
    let harness = ConnectionHarness()
    #expect(
        harness.request(ConnectionHarness.get, stream: 1, byteCount: 100)
            == .dispatch(method: 0, ConnectionHarness.getTraits))
    #expect(
        harness.request(ConnectionHarness.get, stream: 2, byteCount: 101)
            == .refuse(.bodyTooLong(byteCount: 101, byteCountMax: 100)))
}

@Test func `a command needs a key, and a query doesn't`() {
    let harness = ConnectionHarness()
    var metadata = Metadata()
    #expect(harness.request(ConnectionHarness.put, stream: 1) == .refuse(.missingKey))
    metadata.idempotencyKey = IdempotencyKey(high: 1, low: 1)
    #expect(
        harness.request(ConnectionHarness.put, stream: 2, metadata: metadata)
            == .dispatch(method: 2, ConnectionHarness.putTraits))
    metadata.malformed = .token
    #expect(
        harness.request(ConnectionHarness.put, stream: 3, metadata: metadata)
            == .refuse(.malformedMetadata(.token)))
}

@Test func `a connection that exceeds its in-flight limit is closed`() {
    var limits = WireLimits()
    limits.inFlightCountMax = 2
    let harness = ConnectionHarness(limits: limits)
    harness.open(1)
    harness.open(2)
    #expect(
        harness.request(ConnectionHarness.get, stream: 3) == .close(.tooManyInFlight(countMax: 2)))
}

@Test func `a slot is free again after its final frame, and only then`() {
    var limits = WireLimits()
    limits.inFlightCountMax = 1
    let harness = ConnectionHarness(limits: limits)
    harness.open(1)
    // Cancelled, but its handler hasn't stopped yet: the slot stays taken.
    #expect(harness.control(.cancel, stream: 1) == .cancel(stream: 1))
    harness.finish(1)
    #expect(
        harness.request(ConnectionHarness.get, stream: 2)
            == .dispatch(method: 0, ConnectionHarness.getTraits))
}

@Test func `a cancelled request keeps its slot until it is finished`() {
    var limits = WireLimits()
    limits.inFlightCountMax = 1
    let harness = ConnectionHarness(limits: limits)
    harness.open(1)
    #expect(harness.control(.cancel, stream: 1) == .cancel(stream: 1))
    #expect(
        harness.request(ConnectionHarness.get, stream: 2) == .close(.tooManyInFlight(countMax: 1)))
}

@Test func `a stream finishes exactly once`() {
    let harness = ConnectionHarness()
    harness.open(1)
    #expect(harness.finish(1))
    #expect(!harness.finish(1))
    #expect(!harness.finish(2))
}

@Test func `the bytes of open requests are counted, and given back`() {
    let harness = ConnectionHarness()
    harness.open(1)
    harness.open(2)
    #expect(harness.openByteCount == 20)
    harness.finish(1)
    harness.finish(1)
    #expect(harness.openByteCount == 10)
}

@Test func `a draining connection still serves what arrives`() {
    let harness = ConnectionHarness()
    harness.open(4)
    #expect(harness.drain() == .sendGoAway(lastStream: 4))
    #expect(harness.stage == .draining)
    #expect(
        harness.request(ConnectionHarness.get, stream: 5)
            == .dispatch(method: 0, ConnectionHarness.getTraits))
    #expect(harness.finish(4))
}

@Test func `a connection that has not begun to serve has nothing to drain`() {
    let connection = ConnectionHarness(openedAt: .seconds(1))
    #expect(connection.drain() == .close)
    #expect(connection.stage == .closed)
}

@Test func `a closed connection takes nothing`() {
    let harness = ConnectionHarness()
    harness.open(1)
    harness.close()
    #expect(harness.request(ConnectionHarness.get, stream: 2) == .close(.unexpectedFrame(.request)))
    #expect(harness.control(.cancel, stream: 1) == .close(.unexpectedFrame(.cancel)))
    #expect(!harness.finish(1))
}
