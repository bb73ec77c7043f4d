import Budget
import TandemCore
import Testing
import Wire

@testable import Transport
@testable import WriteServer

/// What the feed holds, and what it does when that is too much.
struct FeedMemoryTests {
    private func batch(
        after position: UInt64, payloadByteCount: Int, _ memory: MemoryBudget
    ) throws -> EncodedFeedBatch {
        try EncodedFeedBatch(
            [FeedBench.Log.event(position + 1, payloadByteCount)],
            digest: [], after: LogPosition(rawValue: position),
            head: LogPosition(rawValue: .max),
            memory: memory)
    }

    @Test func `no more batches are kept than the bounds allow, and all of them are counted`()
        throws
    {
        let memory = MemoryBudget.ample
        var cache = FeedBatchCache()
        for position in 0..<100 as Range<UInt64> {
            cache.keep(try batch(after: position, payloadByteCount: 300_000, memory))
            #expect(cache.byteCount <= FeedBatchCache.byteCountMax)
            #expect(memory.byteCount(of: .feed) == cache.byteCount)
        }
        #expect(cache.count > 5)
        for position in 0..<1_000 as Range<UInt64> {
            cache.keep(try batch(after: position, payloadByteCount: 1, memory))
            #expect(cache.count <= FeedBatchCache.countMax)
        }
        let last = LogPosition(rawValue: 999)
        let head = try #require(last.next)
        #expect(cache.batch(after: last, head: head)?.lastPosition == head)
        cache.removeAll()
        #expect(memory.byteCount(of: .feed) == 0)
    }

    @Test func `a batch counts until the last one that sends it has done so`() throws {
        let memory = MemoryBudget.ample
        func item() throws -> SharedItem {
            try batch(after: 0, payloadByteCount: 100_000, memory).item(
                head: .beginning, sentAt: Timestamp(microseconds: 0), acceptsZlib: true)
        }
        var items = [try item()]
        items.append(items[0])
        // The events, and the same compressed.
        #expect(memory.byteCount(of: .feed) > 100_000)
        items.removeFirst()
        #expect(memory.byteCount(of: .feed) > 100_000)
        items.removeFirst()
        #expect(memory.byteCount(of: .feed) == 0)
    }

    @Test func `without memory those behind wait, and those that keep up go on`() {
        let bench = FeedBench(memory: MemoryBudget(byteCountMax: MemoryBudget.byteCountMin))
        bench.log.append(count: 100_000)
        let behind = TestSubscriber("behind", at: "1", bench)
        let live = TestSubscriber("live", at: "1", bench)
        behind.ask(after: 0)
        live.ask(after: 99_990)
        bench.memory.adjust(by: 1 << 30, for: .feed)
        bench.serve()
        #expect(bench.served == ["live"])
        bench.memory.release(1 << 30, for: .feed)
        bench.serve()
        #expect(bench.served == ["live", "behind"])
        #expect(bench.stop())
    }

    @Test func `what is kept is given up before anybody waits`() {
        let bench = FeedBench(memory: MemoryBudget(byteCountMax: MemoryBudget.byteCountMin))
        bench.log.append(count: 5_000, payloadByteCount: 1_000)
        let subscriber = TestSubscriber("behind", at: "1", bench)
        subscriber.ask(after: 0)
        bench.serve()
        // All but what is kept.
        var taken = 0
        let forPlaces = FeedPlaces.byteCountMax(bench.memory)
        while bench.memory.hasRoom(for: .feed, besides: forPlaces) {
            bench.memory.adjust(by: 1_000, for: .feed)
            taken += 1_000
        }
        subscriber.goOn()
        bench.serve()
        #expect(bench.served.count == 2)
        bench.memory.release(taken, for: .feed)
        #expect(bench.stop())
    }

    @Test func `an address that writes nothing of what it is sent keeps no other one waiting`() {
        let bench = FeedBench(memory: MemoryBudget(byteCountMax: MemoryBudget.byteCountMin))
        bench.log.append(count: 5_000, payloadByteCount: 1_000)
        let hoarders = (0..<40).map { _ in TestSubscriber("1", at: "1", bench) }
        for (index, hoarder) in hoarders.enumerated() {
            hoarder.unwritten = []
            hoarder.ask(after: UInt64(index))
        }
        bench.serve()
        let servedCount = bench.served.count
        #expect((1..<40).contains(servedCount))
        #expect(
            bench.memory.byteCount(of: .feed) <= bench.memory.byteCountMax(of: .feed) / 4 * 3)
        TestSubscriber("2", at: "2", bench).ask(after: 100)
        bench.serve()
        #expect(bench.served.dropFirst(servedCount) == ["2"])
        // Whatever the first one has unwritten, there is room again once it is written.
        for hoarder in hoarders { hoarder.unwritten = nil }
        for _ in 0..<40 { bench.serve() }
        #expect(bench.served.count == 41)
        #expect(bench.stop())
    }

    @Test func `without room an address that keeps up has one batch unwritten, and no two`() {
        let bench = FeedBench(memory: MemoryBudget(byteCountMax: MemoryBudget.byteCountMin))
        bench.log.append(count: 64, payloadByteCount: 100_000)
        let subscribers = (0..<10).map {
            TestSubscriber("\($0 % 2)", at: "\($0 % 2)", bench)
        }
        for (index, subscriber) in subscribers.enumerated() {
            subscriber.unwritten = []
            subscriber.ask(after: UInt64(index))
        }
        bench.memory.adjust(by: 1 << 30, for: .feed)
        bench.serve()
        #expect(bench.served.sorted() == ["0", "1"])
        bench.serve()
        #expect(bench.served.count == 2)
        for subscriber in subscribers { subscriber.unwritten = [] }
        bench.serve()
        #expect(bench.served.sorted() == ["0", "0", "1", "1"])
        for subscriber in subscribers { subscriber.interest.end() }
        bench.serve()
        #expect(bench.served.count == 4)
        bench.memory.release(1 << 30, for: .feed)
    }

    @Test func `batches take none of the memory for subscriptions, nor these that of batches`() {
        var limits = WireLimits()
        limits.subscriptionCountPerAddressMax = 1_000_000
        limits.subscriptionCountMax = 1_000_000
        let memory = MemoryBudget(byteCountMax: MemoryBudget.byteCountMin)
        let places = FeedPlaces(limits: limits, memory: memory)
        memory.adjust(by: memory.byteCountMax(of: .feed) + 1, for: .feed)
        #expect(places.take("1")?.0 == nil)
        memory.release(memory.byteCountMax(of: .feed) + 1, for: .feed)
        var refusal: Rejection?
        while refusal == nil { refusal = places.take("1")?.0 }
        #expect(refusal?.reason == "MEMORY_FULL")
        #expect(memory.byteCount(of: .feed) <= memory.byteCountMax(of: .feed) / 4)
        #expect(FeedShares(memory).hasRoom(for: "1"))
    }

    @Test func `subscriptions are bounded for each address, in all and by memory`() {
        var limits = WireLimits()
        limits.subscriptionCountPerAddressMax = 4
        limits.subscriptionCountMax = 6
        let memory = MemoryBudget(byteCountMax: MemoryBudget.byteCountMin)
        let places = FeedPlaces(limits: limits, memory: memory)
        func refusal(_ address: String) -> String? { places.take(address)?.0.message }
        for _ in 0..<4 { #expect(refusal("1") == nil) }
        #expect(refusal("1")?.hasPrefix("An address has 4 subscriptions") == true)
        #expect(refusal("2") == nil)
        #expect(refusal("2") == nil)
        #expect(refusal("3")?.hasPrefix("The server has 6 subscriptions") == true)
        places.giveBack("1")
        memory.observe(residentByteCount: memory.byteCountMax)
        #expect(places.take("1")?.0.reason == "MEMORY_FULL")
        memory.observe(residentByteCount: 0)
        #expect(refusal("1") == nil)
        for _ in 0..<4 { places.giveBack("1") }
        for _ in 0..<2 { places.giveBack("2") }
        #expect(places.takenCount == 0)
        #expect(memory.byteCount(of: .feed) == 0)
    }
}
