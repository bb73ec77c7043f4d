import NIOCore
import NIOEmbedded
import TandemCLI
import TandemClient
import TandemCore
import Testing
import Transport

/// How a benchmark sends, second by second, on a loop whose time the tests give.
@Suite struct LoadShardTests {
    private let loop = EmbeddedEventLoop()

    private func plan(_ kinds: Int = 1) -> LoadPlan {
        LoadPlan(
            kinds: (0..<kinds).map { "kind \($0)" },
            requests: (0..<kinds).map { kind in
                LoadRequest(
                    kind: kind, port: .query, method: kind, answer: .unary,
                    body: ByteBuffer(integer: UInt8(kind)), isKeyed: kind > 0)
            },
            methods: CallMethods([.query: []]))
    }

    /// One loop's clients; measured from second 1 until second 3.
    private func shard(
        _ links: [ManualLink], inFlight: Int, perSecond: Double? = nil, kinds: Int = 1
    ) -> LoadShard {
        LoadShard(
            plan(kinds), share: LoadShare(number: 0, of: 1),
            schedule: perSecond.map(LoadSchedule.init(perSecond:)),
            lanes: links.map { link in
                var both = LoadLinks()
                both[.query] = link
                return LoadLane(
                    both, on: loop, dialer: NoDialer(loop: loop), backoff: Backoff(),
                    inFlightMax: inFlight, timeout: .seconds(10))
            },
            on: loop,
            window: LoadWindow(
                start: loop.now, measuredFrom: loop.now + .seconds(1), end: loop.now + .seconds(3)))
    }

    /// What was counted in all; nothing may be missing any more.
    private func tally(_ shard: LoadShard) throws -> LoadTally {
        var tally: LoadTally?
        shard.stop()
        shard.whenAnswered(within: .seconds(60)) { tally = $0 }
        return try #require(tally, "something is still in flight")
    }

    // MARK: - As fast as the answers come

    @Test func `each client has as many requests on their way as it may, and no more`() {
        let links = [ManualLink(loop), ManualLink(loop, inFlightMax: 2)]
        let shard = shard(links, inFlight: 3)
        shard.begin()
        #expect(links.map(\.calls.count) == [3, 2])
        links[0].succeed(2)
        #expect(links.map(\.calls.count) == [3, 2])
        #expect(links[0].sentCount == 5)
    }

    @Test func `requests are taken in turn, and commands get a key of their own each time`() {
        let link = ManualLink(loop)
        let shard = shard([link], inFlight: 4, kinds: 2)
        shard.begin()
        #expect(link.calls.map(\.call.method) == [0, 1, 0, 1])
        let keys = link.calls.map(\.call.key)
        #expect(keys[0] == nil && keys[2] == nil)
        #expect(keys[1] != nil && keys[3] != nil && keys[1] != keys[3])
    }

    @Test func `what is sent during the warm-up is not measured`() throws {
        let link = ManualLink(loop)
        let shard = shard([link], inFlight: 1)
        shard.begin()
        loop.advanceTime(by: .milliseconds(900))
        link.succeed()
        // Sent at 0.9 s, answered at 1.1 s: it counts for the rate of that time, not for latency.
        loop.advanceTime(by: .milliseconds(200))
        link.succeed()
        loop.advanceTime(by: .milliseconds(500))
        link.succeed()
        loop.advanceTime(by: .seconds(2))
        link.succeed()
        let tally = try tally(shard)
        #expect(tally.answerCount == 2)
        #expect(tally.times[0].count == 2)
        #expect(tally.answerByteCount == 2 * 100)
    }

    @Test func `nothing is sent after the end, and what was sent is waited for`() {
        let link = ManualLink(loop)
        let shard = shard([link], inFlight: 2)
        shard.begin()
        loop.advanceTime(by: .milliseconds(2_999))
        #expect(link.sentCount == 2)
        var tally: LoadTally?
        loop.advanceTime(by: .milliseconds(1))
        shard.whenAnswered(within: .seconds(60)) { tally = $0 }
        link.succeed()
        #expect(tally == nil)
        link.succeed()
        #expect(tally?.unansweredCount == 0)
        #expect(link.sentCount == 2)
    }

    @Test func `who has waited long enough gives up`() {
        let link = ManualLink(loop)
        let shard = shard([link], inFlight: 2)
        shard.begin()
        loop.advanceTime(by: .seconds(3))
        var tally: LoadTally?
        shard.whenAnswered(within: .seconds(1)) { tally = $0 }
        loop.advanceTime(by: .seconds(1))
        #expect(tally?.unansweredCount == 2)
    }

    @Test func `calls that fail at once neither recurse nor hold up the loop`() throws {
        let link = ManualLink(loop)
        link.failsAtOnce = true
        let shard = shard([link], inFlight: 1)
        loop.advanceTime(by: .seconds(1))
        shard.begin()
        // The rest comes in the loop's next turns, with time for others in between.
        #expect((1...1_000).contains(link.sentCount))
        link.failsAtOnce = false
        loop.run()
        link.succeed()
        loop.advanceTime(by: .seconds(2))
        link.succeed()
        let tally = try tally(shard)
        #expect(tally.errorsByCount.map(\.name.text) == ["BUSY"])
        #expect(tally.errorCount + 2 == link.sentCount)
    }

    // MARK: - On a schedule

    @Test func `with a rate, requests go out when they are due, answered or not`() {
        let links = [ManualLink(loop), ManualLink(loop)]
        let shard = shard(links, inFlight: 100, perSecond: 10)
        shard.begin()
        for count in 1...20 {
            #expect(links.map(\.sentCount).reduce(0, +) == count)
            loop.advanceTime(by: .milliseconds(100))
        }
        // Shared out evenly.
        #expect(links.map(\.sentCount).allSatisfy { (10...11).contains($0) })
    }

    @Test func `a server that stalls is charged for all that was due meanwhile`() throws {
        let link = ManualLink(loop)
        let shard = shard([link], inFlight: 1, perSecond: 10)
        shard.begin()
        // Answers at once until 1.5 s, then not until 2.5 s.
        for _ in 0..<15 {
            link.succeed()
            loop.advanceTime(by: .milliseconds(100))
        }
        loop.advanceTime(by: .seconds(1))
        #expect(link.sentCount == 16)
        while !link.calls.isEmpty { link.succeed() }
        #expect(link.sentCount == 26)
        for _ in 0..<5 {
            loop.advanceTime(by: .milliseconds(100))
            while !link.calls.isEmpty { link.succeed() }
        }
        let tally = try tally(shard)
        #expect(tally.times[0].count == 20)
        // Ten were answered as soon as they were due; ten waited for 0.1 s up to 1 s, of which a
        // benchmark that waits for each answer would have seen one.
        #expect((499...501).contains(milliseconds(tally.times[0].percentile(75))))
        #expect((1_000...1_001).contains(milliseconds(tally.times[0].maximum)))
        // Timed: the loop's time is what this test makes it, whatever the machine does.
        #expect(milliseconds(tally.times[0].percentile(50)) < 1)
        #expect(tally.lateMax == .milliseconds(900))
        #expect(tally.unsentCount == 0 && tally.behindAtEnd == .zero)
    }

    private func milliseconds(_ json: JSON) -> Double {
        guard case .number(let milliseconds) = json else { return .nan }
        return milliseconds
    }

    @Test func `a server that fell behind while it warmed up is measured with what it owes`()
        throws
    {
        let link = ManualLink(loop)
        let shard = shard([link], inFlight: 1, perSecond: 1)
        shard.begin()
        loop.advanceTime(by: .milliseconds(2_500))
        // Sent before second 1: not measured. What follows was due at 1 s and at 2 s.
        link.succeed(3)
        let tally = try tally(shard)
        #expect(tally.times[0].count == 2)
        #expect((1_500...1_501).contains(milliseconds(tally.times[0].maximum)))
        #expect(tally.lateMax == .milliseconds(1_500))
    }

    @Test func `what was due and never sent is told with how long it had been due`() {
        let link = ManualLink(loop)
        let shard = shard([link], inFlight: 1, perSecond: 10)
        shard.begin()
        loop.advanceTime(by: .seconds(3))
        var tally: LoadTally?
        shard.whenAnswered(within: .seconds(1)) { tally = $0 }
        link.succeed()
        // The first went out at 0; 29 more were due, the first of them at 0.1 s.
        #expect(tally?.unsentCount == 29)
        #expect(tally?.behindAtEnd == .milliseconds(2_900))
        #expect(link.sentCount == 1)
    }

    @Test func `stopped early, only what was due until then is missing`() throws {
        let link = ManualLink(loop)
        let shard = shard([link], inFlight: 100, perSecond: 10)
        shard.begin()
        loop.advanceTime(by: .milliseconds(1_550))
        link.succeed(16)
        let tally = try tally(shard)
        #expect(tally.unsentCount == 0)
        #expect(tally.times[0].count == 6)
        loop.advanceTime(by: .seconds(5))
        #expect(link.sentCount == 16)
    }

    @Test func `the live view gets what happened since it was last asked`() {
        let link = ManualLink(loop)
        let shard = shard([link], inFlight: 2)
        shard.begin()
        link.succeed(3)
        link.fail()
        var pulse = shard.takePulse()
        #expect(pulse.times.count == 3 && pulse.errorCount == 1 && pulse.inFlightCount == 2)
        pulse = shard.takePulse()
        #expect(pulse.times.count == 0 && pulse.errorCount == 0 && pulse.inFlightCount == 2)
    }
}
