import Foundation
import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

/// A listening channel without a socket, with a gate before it.
private struct Listening {
    let log = LogRecorder()
    let budget: DescriptorBudget
    let gate: AcceptGate
    let channel: EmbeddedChannel

    init(descriptorCount: Int = 1_000) {
        budget = DescriptorBudget(descriptorCount: descriptorCount, ownCount: 0)
        gate = AcceptGate(descriptors: budget.addPort(), logger: log.logger)
        channel = EmbeddedChannel(handler: gate)
    }

    func fail(_ errno: Int32) {
        channel.pipeline.fireErrorCaught(IOError(errnoCode: errno, reason: "accept"))
    }

    func accept() -> EmbeddedChannel {
        let child = EmbeddedChannel()
        channel.pipeline.fireChannelRead(child as any Channel)
        return child
    }

    func advance(_ time: TimeAmount) {
        channel.embeddedEventLoop.advanceTime(by: time)
    }
}

@Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM])
func `what the system has run out of makes accepting pause, longer each time, and go on`(
    errno: Int32
) {
    let listening = Listening()
    for pause in [25, 50, 100, 200, 400, 800, 800] as [Int64] {
        listening.fail(errno)
        listening.advance(.milliseconds(pause - 1))
        #expect(listening.gate.isPaused)
        listening.advance(.milliseconds(1))
        #expect(!listening.gate.isPaused)
    }
    _ = listening.accept()
    listening.fail(errno)
    listening.advance(.milliseconds(25))
    #expect(!listening.gate.isPaused, "one that came through makes the pauses short again")
}

@Test func `a client that gave up before it was accepted holds up nobody and is not logged`() {
    let listening = Listening()
    listening.fail(ECONNABORTED)
    #expect(!listening.gate.isPaused)
    #expect(listening.log.lines.isEmpty)
}

@Test func `thousands of failed accepts are a line that says why, and one when it is over`() {
    let listening = Listening()
    for _ in 0..<5_000 {
        listening.fail(EMFILE)
        listening.advance(.seconds(1))
    }
    #expect(listening.log.lines.count == 1)
    #expect(listening.log.lines.first?.contains("Too many open files") == true)
    listening.advance(.seconds(30))
    #expect(listening.log.lines.count == 2)
    #expect(listening.log.lines.last?.contains("times=5000") == true)
    listening.fail(EMFILE)
    #expect(listening.log.lines.count == 3, "the next episode")
}

@Test func `no more sockets are accepted than the process can afford, and closed ones make room`()
    throws
{
    let listening = Listening(descriptorCount: 10)
    let children = (0..<10).map { _ in listening.accept() }
    #expect(listening.gate.isPaused)
    listening.advance(.seconds(60))
    #expect(listening.gate.isPaused, "as long as none is closed")
    _ = try children[3].finish()
    listening.advance(.milliseconds(25))
    #expect(!listening.gate.isPaused)
}

// MARK: - Shares

@Test func `a flood on one port leaves the others their part`() {
    var shares = DescriptorShares(descriptorCount: 1_040, ownCount: 40)
    let flooded = shares.addPort()
    let others = [shares.addPort(), shares.addPort()]
    while shares.room(on: flooded) > 0 { shares.opened(on: flooded) }
    let kept = shares.connectionCountMax / 6
    for other in others {
        for _ in 0..<kept {
            #expect(shares.room(on: other) > 0)
            shares.opened(on: other)
        }
    }
    #expect(shares.room(on: flooded) == 0, "what was kept for the others was not its own")
}

@Test func `ports that listen no longer keep nothing`() {
    var shares = DescriptorShares(descriptorCount: 100, ownCount: 0)
    let port = shares.addPort()
    let other = shares.addPort()
    let before = shares.room(on: port)
    shares.removePort(other)
    #expect(shares.room(on: port) > before)
    shares.closed(on: other)
    #expect(shares.room(on: port) == 100)
}

@Test(arguments: [0, 1, 8, 64, 1_024, 1_048_576])
func `any number of descriptors leaves room for a connection and for a refusal`(count: Int) {
    let shares = DescriptorShares(descriptorCount: count, ownCount: 40)
    #expect(shares.connectionCountMax >= 1)
    #expect(shares.refusalCountMax >= 1)
    #expect(shares.socketCountMax <= max(2, count))
}

@Test func `the limit on open files is never lowered by raising it`() {
    let before = OpenFileLimit.current
    #expect(OpenFileLimit.raise() >= before)
    #expect(OpenFileLimit.current >= before)
}

@Test func `connections wait in the system's queue while the loops that serve them are behind`() {
    let listening = Listening()
    var children: [EmbeddedChannel] = []
    while !listening.gate.isPaused, children.count < 1_000 { children.append(listening.accept()) }
    #expect(children.count == 64)
    listening.advance(.milliseconds(10))
    #expect(listening.gate.isPaused)
    children.first?.embeddedEventLoop.run()
    listening.advance(.milliseconds(1))
    #expect(!listening.gate.isPaused)
    #expect(listening.log.lines.isEmpty, "that is nobody's fault")
}
