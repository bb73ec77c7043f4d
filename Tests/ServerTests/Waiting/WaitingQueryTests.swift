import Budget
import ConnectionState
import NIOCore
import NIOEmbedded
import TandemCore
import Testing
import Wire

@testable import ReadServer
@testable import Transport

/// Queries that wait: how many may, and how they go on.
struct WaitingQueryTests {
    @Test func `those that wait are answered some in each turn, with one flush`() throws {
        let port = EmbeddedQueryPort()
        let client = try port.connect()
        let other = try port.connect()
        try client.ask(200, atLeast: 1)
        try other.ask(2, atLeast: 1)
        #expect(try client.flushes() == [])
        port.publish(1)
        // One of them at once, whichever, and the other in its turn.
        var counts = (try client.flushes().map(\.count), try other.flushes().map(\.count))
        #expect(counts == ([64], []) || counts == ([], [2]))
        port.loop.advanceTime(by: .seconds(3_600))
        counts.0 += try client.flushes().map(\.count)
        counts.1 += try other.flushes().map(\.count)
        #expect(counts == ([64, 64, 64, 8], [2]))
        #expect(port.isEmpty)
    }

    @Test func `those whose position is further on stay`() throws {
        let port = EmbeddedQueryPort()
        let client = try port.connect()
        for position in [3, 1, 2, 3, 1] as [UInt64] { try client.ask(atLeast: position) }
        for (position, count) in [(1, 2), (2, 1), (3, 2)] as [(UInt64, Int)] {
            port.publish(position)
            #expect(try client.flushes().map(\.count) == [count])
        }
        #expect(port.isEmpty)
    }

    @Test func `one that gave up is forgotten, and the others are answered`() throws {
        let port = EmbeddedQueryPort()
        let client = try port.connect()
        try client.ask(3, atLeast: 5)
        try client.cancel(1)
        #expect(try client.reasons() == ["CANCELLED"])
        port.publish(5)
        #expect(try client.reasons() == ["NOT_FOUND", "NOT_FOUND"])
        #expect(port.isEmpty)
    }

    @Test func `an address has so many that wait, over its connections; who needn't is answered`()
        throws
    {
        var limits = WireLimits()
        limits.waitingQueryCountPerAddressMax = 3
        let port = EmbeddedQueryPort(limits: limits)
        let first = try port.connect(from: "192.0.2.1")
        let second = try port.connect(from: "192.0.2.1")
        let other = try port.connect(from: "192.0.2.2")
        try first.ask(2, atLeast: 1)
        try second.ask(2, atLeast: 1)
        #expect(try second.reasons() == ["TOO_MANY_WAITING"])
        try second.ask(maxStaleness: 1_000)
        #expect(try second.reasons() == ["TOO_MANY_WAITING"])
        try other.ask(3, atLeast: 1)
        #expect(try other.reasons() == [])
        try first.ask()
        #expect(try first.reasons() == ["NOT_FOUND"])
        try first.cancel(1)
        try second.ask(2, atLeast: 1)
        #expect(try second.reasons() == ["TOO_MANY_WAITING"])
        for client in [first, second, other] { _ = try client.channel.finish() }
        #expect(port.isEmpty)
    }

    @Test func `those that wait for fresher or whole documents count as well`() throws {
        var limits = WireLimits()
        limits.waitingQueryCountPerAddressMax = 2
        let building = EmbeddedQueryPort(limits: limits, building: LogPosition(rawValue: 4))
        let client = try building.connect()
        try client.ask(3)
        #expect(try client.reasons() == ["TOO_MANY_WAITING"])
        building.publish(4)
        #expect(try client.reasons() == ["NOT_FOUND", "NOT_FOUND"])
        try client.ask(3, maxStaleness: 3_600_000)
        #expect(try client.reasons() == ["TOO_MANY_WAITING"])
        building.progress.isComplete(at: .current)
        building.loop.advanceTime(by: .milliseconds(26))
        #expect(try client.flushes() == [["NOT_FOUND", "NOT_FOUND"]])
        #expect(building.isEmpty)
    }

    @Test func `one that would have to wait needs memory, one that needn't does not`() throws {
        let memory = MemoryBudget(byteCountMax: MemoryBudget.byteCountMin)
        let port = EmbeddedQueryPort(memory: memory)
        let client = try port.connect()
        try client.ask(atLeast: 1)
        #expect(memory.byteCount(of: .heldAnswers) > 0)
        memory.adjust(by: 1 << 30, for: .heldAnswers)
        try client.ask(atLeast: 1)
        try client.ask()
        #expect(try client.reasons() == ["MEMORY_FULL", "NOT_FOUND"])
        memory.release(1 << 30, for: .heldAnswers)
        port.publish(1)
        #expect(try client.reasons() == ["NOT_FOUND"])
        #expect(port.isEmpty)
    }

    @Test func `a query for many keys that waits is counted with the keys that it holds`() throws {
        let memory = MemoryBudget(byteCountMax: 1 << 30)
        let port = EmbeddedQueryPort(memory: memory)
        let client = try port.connect()
        try client.askMany(1_000, atLeast: 1)
        // A byte each in the request, 49 in memory.
        #expect(memory.byteCount(of: .heldAnswers) > 49_000)
        try client.cancel(1)
        #expect(try client.reasons() == ["CANCELLED"])
        #expect(port.isEmpty)
    }

    @Test func `an address that has filled what it may keeps no other one's query from waiting`()
        throws
    {
        let memory = MemoryBudget(byteCountMax: MemoryBudget.byteCountMin)
        let port = EmbeddedQueryPort(memory: memory)
        let client = try port.connect(from: "192.0.2.1")
        let other = try port.connect(from: "192.0.2.2")
        let taken = memory.byteCountMax(of: .heldAnswers) - 40_000
        memory.adjust(by: taken, for: .heldAnswers)
        try client.ask(60, atLeast: 1)
        let reasons = try client.reasons()
        #expect((30..<60).contains(reasons.count))
        #expect(Set(reasons) == ["MEMORY_FULL"])
        try other.ask(atLeast: 1)
        #expect(try other.reasons() == [])
        port.publish(1)
        // Which of the two comes first depends on where it lies in memory.
        port.loop.advanceTime(by: .milliseconds(1))
        #expect(try other.reasons() == ["NOT_FOUND"])
        memory.release(taken, for: .heldAnswers)
        // And all is given back: it may wait again.
        try client.ask(60, atLeast: 2)
        #expect(try client.reasons().allSatisfy { $0 == "NOT_FOUND" })
        for client in [client, other] { _ = try client.channel.finish() }
        #expect(port.isEmpty)
    }

    @Test func `those whose time is over hear of it together, and take nothing more`() throws {
        var limits = WireLimits()
        limits.positionWaitMax = .zero
        let port = EmbeddedQueryPort(limits: limits)
        // Before there is a connection: its timers would go off for all of the machine's uptime.
        port.comeToNow()
        let client = try port.connect()
        try client.ask(10, atLeast: 1)
        port.comeToNow()
        #expect(
            try client.flushes() == [[String](repeating: "READ_MODEL_BEHIND", count: 10)])
        #expect(port.isEmpty)
    }

    @Test func `an answer that finds no room waits for that, and goes out once`() throws {
        let port = EmbeddedQueryPort()
        let client = try port.connect()
        func setWritable(_ isWritable: Bool) {
            client.channel.isWritable = isWritable
            client.channel.pipeline.fireChannelWritabilityChanged()
        }
        try client.ask(3, atLeast: 1)
        setWritable(false)
        port.publish(1)
        #expect(try client.flushes() == [])
        setWritable(true)
        #expect(try client.reasons() == ["NOT_FOUND", "NOT_FOUND", "NOT_FOUND"])
        port.publish(2)
        #expect(try client.flushes() == [])
        #expect(port.isEmpty)
        _ = try client.channel.finish()
    }
}
