import ConnectionState
import TandemCore
import Testing
import Wire

// MARK: - CANCEL

@Test func `a cancel reaches its stream once`() {
    let harness = ConnectionHarness()
    harness.open(1)
    #expect(harness.control(.cancel, stream: 1) == .cancel(stream: 1))
    #expect(harness.control(.cancel, stream: 1) == .ignore)
}

@Test func `a cancel that races the final frame is ignored`() {
    let harness = ConnectionHarness()
    harness.open(1)
    harness.finish(1)
    #expect(harness.control(.cancel, stream: 1) == .ignore)
}

@Test(arguments: [FrameType.cancel, .credit])
func `a frame about a stream that was never opened ends the connection`(type: FrameType) {
    for stream in [UInt32(0), 6, .max] {
        let harness = ConnectionHarness()
        harness.open(5)
        #expect(harness.control(type, stream: stream, b: 9) == .close(.unopenedStream(stream)))
    }
}

@Test func `one cancel for each request is free, however many are in flight`() {
    let harness = ConnectionHarness()
    for stream in 1...1_000 as ClosedRange<UInt32> { harness.open(stream) }
    for stream in 1...1_000 as ClosedRange<UInt32> { harness.finish(stream) }
    for stream in 1...1_000 as ClosedRange<UInt32> {
        #expect(harness.control(.cancel, stream: stream) == .ignore)
    }
}

@Test func `cancels without end for one request are a nuisance`() {
    let harness = ConnectionHarness()
    harness.open(1)
    harness.finish(1)
    for _ in 0...200 { #expect(harness.control(.cancel, stream: 1) == .ignore) }
    #expect(harness.control(.cancel, stream: 1) == .close(.tooManyNuisances(countMax: 200)))
}

@Test func `a cancel that stops its call is the free one of its request`() {
    let harness = ConnectionHarness()
    harness.open(1)
    #expect(harness.control(.cancel, stream: 1) == .cancel(stream: 1))
    for _ in 0..<200 { #expect(harness.control(.cancel, stream: 1) == .ignore) }
    #expect(harness.control(.cancel, stream: 1) == .close(.tooManyNuisances(countMax: 200)))
}

@Test func `a client may cancel each of its requests for ever, and is not ended for it`() {
    let harness = ConnectionHarness()
    for stream in 1...5_000 as ClosedRange<UInt32> {
        harness.open(stream)
        #expect(harness.control(.cancel, stream: stream) == .cancel(stream: stream))
        harness.finish(stream)
    }
}

// MARK: - CREDIT

@Test func `a client with a window of 1 pays back each item for ever, and is not ended for it`() {
    let harness = ConnectionHarness(window: 1)
    harness.open(1)
    for _ in 0..<5_000 {
        #expect(harness.maySend(on: 1))
        harness.spend(40, on: 1)
        #expect(harness.control(.credit, stream: 1, b: 40) == .resume(stream: 1))
    }
}

@Test func `one small credit that crossed the end of its stream is free for each request`() {
    let harness = ConnectionHarness(window: 1)
    for stream in 1...5_000 as ClosedRange<UInt32> {
        harness.open(stream)
        harness.spend(40, on: stream)
        harness.finish(stream)
        #expect(harness.control(.credit, stream: stream, b: 40) == .ignore)
    }
}

@Test func `an item may overdraw the credit, and no second one`() {
    let harness = ConnectionHarness(window: 1)
    harness.open(1)
    #expect(harness.maySend(on: 1))
    harness.spend(50_000, on: 1)
    #expect(!harness.maySend(on: 1))
    #expect(harness.control(.credit, stream: 1, b: 49_999) == .resume(stream: 1))
    #expect(!harness.maySend(on: 1), "the overdraft is paid back, and no more")
    #expect(harness.control(.credit, stream: 1, b: 1_024) == .resume(stream: 1))
    #expect(harness.maySend(on: 1))
}

@Test func `one stream's credit is not another's`() {
    let harness = ConnectionHarness(window: 10)
    harness.open(1)
    harness.open(2)
    harness.spend(10, on: 1)
    #expect(!harness.maySend(on: 1))
    #expect(harness.maySend(on: 2))
}

@Test func `a credit of zero ends the connection`() {
    let harness = ConnectionHarness()
    harness.open(1)
    #expect(harness.control(.credit, stream: 1, b: 0) == .close(.zeroCredit(stream: 1)))
}

@Test func `a credit beyond 2^31-1 ends the connection`() {
    let harness = ConnectionHarness(window: 1_000)
    harness.open(1)
    let most = UInt32(Int32.max) - 1_000
    #expect(harness.control(.credit, stream: 1, b: most) == .resume(stream: 1))
    #expect(harness.control(.credit, stream: 1, b: 1_024) == .close(.creditOverflow(stream: 1)))
    #expect(ProtocolViolation.creditOverflow(stream: 1).code == .flow)
}

@Test func `the greatest credit doesn't trap`() {
    let harness = ConnectionHarness()
    harness.open(1)
    #expect(harness.control(.credit, stream: 1, b: .max) == .close(.creditOverflow(stream: 1)))
}

@Test func `a unary call takes no credit`() {
    let harness = ConnectionHarness()
    harness.open(1, ConnectionHarness.getTraits)
    #expect(harness.control(.credit, stream: 1, b: 5_000) == .close(.creditOnUnary(stream: 1)))
}

@Test func `credit for a stream that has ended is ignored`() {
    let harness = ConnectionHarness()
    harness.open(1)
    harness.finish(1)
    for _ in 0..<1_000 { #expect(harness.control(.credit, stream: 1, b: 1_024) == .ignore) }
}

@Test func `a cancelled stream sends no more items, whatever its credit`() {
    let harness = ConnectionHarness()
    harness.open(1)
    _ = harness.control(.cancel, stream: 1)
    _ = harness.control(.credit, stream: 1, b: 5_000)
    #expect(!harness.maySend(on: 1))
}

@Test(arguments: [true, false])
func `a dribble of credit is a nuisance, on open streams and ended ones`(isOpen: Bool) {
    let harness = ConnectionHarness()
    harness.open(1)
    if !isOpen {
        harness.finish(1)
        #expect(harness.control(.credit, stream: 1, b: 1_023) == .ignore, "the free one")
    }
    for _ in 0..<200 {
        #expect(
            harness.control(.credit, stream: 1, b: 1_023) == (isOpen ? .resume(stream: 1) : .ignore)
        )
    }
    #expect(
        harness.control(.credit, stream: 1, b: 1_023) == .close(.tooManyNuisances(countMax: 200)))
}

@Test func `a dribble that does not let its stream go on is a nuisance`() {
    let harness = ConnectionHarness(window: 1)
    harness.open(1)
    harness.spend(1_000_000, on: 1)
    for _ in 0..<200 { #expect(harness.control(.credit, stream: 1, b: 10) == .resume(stream: 1)) }
    #expect(
        harness.control(.credit, stream: 1, b: 10) == .close(.tooManyNuisances(countMax: 200)))
}

// MARK: - Nuisances

@Test func `200 pings pass in a window, one more doesn't, and the next window is new`() {
    let harness = ConnectionHarness()
    for _ in 0..<200 { #expect(harness.ping() == .pong) }
    harness.now = .seconds(32)
    for _ in 0..<200 { #expect(harness.ping() == .pong) }
    harness.now = .seconds(61)
    #expect(harness.ping() == .close(.tooManyNuisances(countMax: 200)))
    #expect(ProtocolViolation.tooManyNuisances(countMax: 200).code == .calm)
}

@Test func `pings, pongs, skipped frames and GOAWAYs share one budget`() {
    let harness = ConnectionHarness()
    let body = [UInt8](repeating: 0, count: 8)
    for _ in 0..<50 {
        #expect(harness.ping() == .pong)
        #expect(harness.control(.pong, body: body) == .ignore)
        #expect(harness.control(.goAway) == .ignore)
        #expect(
            harness.skip(type: 0x80)
                == .ignore)
    }
    #expect(
        harness.skip(type: 0x80)
            == .close(.tooManyNuisances(countMax: 200)))
}

@Test func `a clock that goes back makes no trap of a budget`() {
    let harness = ConnectionHarness()
    harness.now = .seconds(100)
    #expect(harness.ping() == .pong)
    harness.now = .seconds(1)
    #expect(harness.ping() == .pong)
}

@Test(arguments: [FrameType.ping, .pong])
func `a ping has stream 0 and eight bytes`(type: FrameType) {
    let body = [UInt8](repeating: 0, count: 8)
    for byteCount in [0, 7, 9] {
        let harness = ConnectionHarness()
        let wrong = [UInt8](repeating: 0, count: byteCount)
        #expect(harness.control(type, body: wrong) == .close(.badPing))
    }
    let harness = ConnectionHarness()
    #expect(harness.control(type, stream: 1, body: body) == .close(.badPing))
    #expect(harness.control(type, b: 1, body: body) == .close(.badPing))
}

@Test(arguments: [FrameType.welcome, .response, .item, .end, .error])
func `a frame that only a server sends ends the connection`(type: FrameType) {
    let harness = ConnectionHarness()
    harness.open(1)
    #expect(harness.control(type, stream: 1) == .close(.unexpectedFrame(type)))
}
