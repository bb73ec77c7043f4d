import Budget
import NIOCore
import NIOEmbedded
import TandemCore
import Testing

@testable import Transport
@testable import WriteServer

/// What subscribers cost, and who of them is served first.
struct FeedPumpTests {
    private let bench = FeedBench()

    @Test func `the log is read once for each position, however many subscribers pass there`() {
        bench.log.append(count: 3_000)
        let subscribers = (0..<200).map {
            TestSubscriber("\($0)", at: "\($0 % 7)", bench, acceptsZlib: !$0.isMultiple(of: 2))
        }
        for subscriber in subscribers { subscriber.ask(after: 0) }
        for _ in 0..<3 {
            bench.serve()
            for subscriber in subscribers { subscriber.goOn() }
        }
        #expect(bench.log.reads == [0, 1_024, 2_048])
        #expect(subscribers.allSatisfy { $0.positions[1]?.rawValue == 3_000 })
        #expect(subscribers[0].eventCount == 3_000)
        #expect(bench.stop())
    }

    @Test func `one that comes later gets the batches that are kept, and the head of now`() {
        bench.log.append(count: 2_000)
        let first = TestSubscriber("first", at: "1", bench)
        let second = TestSubscriber("second", at: "1", bench)
        first.ask(after: 0)
        bench.serve()
        bench.log.append(count: 500)
        second.ask(after: 0)
        bench.serve()
        #expect(bench.log.reads == [0])
        #expect(first.heads == [2_000])
        #expect(second.heads == [2_500])
    }

    @Test func `a kept batch that ended with the log is not the last word`() {
        bench.log.append(count: 10)
        let first = TestSubscriber("first", at: "1", bench)
        first.ask(after: 0)
        bench.serve()
        bench.log.append(count: 10)
        let second = TestSubscriber("second", at: "1", bench)
        second.ask(after: 0)
        bench.serve()
        #expect(second.eventCount == 20)
    }

    @Test func `who keeps up is served before those that are behind, also between them`() {
        bench.log.append(count: 100_000)
        let behind = (0..<5).map { TestSubscriber("behind", at: "\($0)", bench) }
        for (index, subscriber) in behind.enumerated() { subscriber.ask(after: UInt64(index)) }
        let live = TestSubscriber("live", at: "0", bench)
        live.ask(after: 99_999)
        let waiting = TestSubscriber("waiting", at: "0", bench)
        waiting.ask(after: 100_000)
        // A commit while the third batch is read.
        bench.log.onRead { if $0.reads.count == 3 { $0.append(count: 1) } }
        bench.serve()
        #expect(
            bench.served
                == ["live", "behind", "behind", "waiting", "behind", "behind", "behind"])
    }

    @Test func `those that keep up leave a turn to those behind`() {
        bench.log.append(count: 100_000)
        let count = FeedSchedule.livePositionCountMax
        for index in 0..<4 * count {
            TestSubscriber("live", at: "1", bench).ask(after: UInt64(99_999 - index))
        }
        TestSubscriber("behind", at: "2", bench).ask(after: 0)
        bench.serve()
        // A round, a turn of the first address, a round, and a turn of the second.
        #expect(bench.served.firstIndex(of: "behind") == 2 * count + 1)
    }

    @Test func `an address has its turn, however many subscriptions another has`() {
        bench.log.append(count: 100_000)
        for index in 0..<200 as Range<UInt64> {
            TestSubscriber("many", at: "1", bench).ask(after: index)
        }
        for index in 0..<2 as Range<UInt64> {
            TestSubscriber("few", at: "2", bench).ask(after: 1_000 + index)
        }
        bench.serve()
        #expect(bench.served.prefix(4) == ["many", "few", "many", "few"])
        #expect(bench.served.count == 202)
    }

    @Test func `a subscription that has ended costs no work`() {
        bench.log.append(count: 10)
        let subscriber = TestSubscriber("gone", at: "1", bench)
        subscriber.ask(after: 0)
        subscriber.interest.end()
        bench.serve()
        #expect(bench.log.reads == [])
        #expect(subscriber.callCount == 0)
    }

    @Test func `subscriptions that are begun and ended without end are forgotten`() {
        var schedule = FeedSchedule()
        let subscriber = TestSubscriber("gone", at: "1", bench)
        subscriber.interest.end()
        for position in 0..<20_000 as Range<UInt64> {
            schedule.add(subscriber.request(after: LogPosition(rawValue: position), stream: 1))
        }
        #expect(schedule.count <= FeedSchedule.addedCountMax + 1)
    }

    @Test func `a heartbeat is one task for each event loop, and one call for each connection`() {
        bench.log.append(count: 1)
        let subscribers = (0..<40).map { TestSubscriber("\($0)", at: "1", bench) }
        for subscriber in subscribers {
            for stream in [1, 3, 5, 7] as [UInt32] { subscriber.ask(after: 1, stream: stream) }
        }
        bench.serve()
        #expect(bench.served == [])
        bench.serve(after: .milliseconds(500))
        #expect(bench.log.reads == [])
        #expect(subscribers.allSatisfy { $0.callCount == 1 && $0.heads == [1, 1, 1, 1] })
        let requests = subscribers.flatMap { subscriber in
            [1, 3].map { subscriber.request(after: .beginning, stream: $0) }
        }
        var madeCount = 0
        let tasks = FeedDelivery.byEventLoop(requests, FeedShares(.ample)) { _ in
            madeCount += 1
            return .fault(.gap(after: .beginning, found: nil))
        }
        #expect(tasks.map(\.count) == [40])
        #expect(madeCount == 1)
    }

    @Test func `an event loop's other connections have their turn between deliveries`() {
        bench.log.append(count: 1)
        for index in 0..<40 { TestSubscriber("\(index)", at: "1", bench).ask(after: 0) }
        _ = bench.pump.serve(now: bench.start)
        bench.loop.run()
        #expect(bench.served.count == 1)
        let bench = bench
        TurnQueue.on(bench.loop).add {
            bench.served.append("another")
            return false
        }
        bench.loop.advanceTime(by: .seconds(1))
        #expect(bench.served.count == 41)
        #expect(bench.served[2] == "another")
    }

    @Test func `a log that lacks an event ends the subscription, with its position as it was`() {
        bench.log.append(count: 5)
        bench.log.lose(3)
        let subscriber = TestSubscriber("subscriber", at: "1", bench)
        subscriber.ask(after: 0)
        bench.serve()
        #expect(subscriber.positions[1] == .beginning)
        #expect(subscriber.faults.count == 1)
        #expect(subscriber.faults.first?.rejection.reason == "LOG_UNREADABLE")
        #expect(bench.log.lines == ["the log lacks the event behind position 2; 4 follows"])
        #expect(bench.stop())
    }
}
