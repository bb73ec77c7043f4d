import TandemCore
import TestSupport
import Testing

@testable import WriteServer

/// The keys of a batch's parts that state none.
struct PartKeyTests {
    @Test func `they differ by part and call, and are the same each time`() {
        let keys = [IdempotencyKey(high: 1, low: 2), IdempotencyKey(high: 1, low: 3)]
        let made = keys.flatMap { key in (0..<1_000).map { key.ofPart($0) } }
        #expect(Set(made).count == 2_000)
        #expect(keys[0].ofPart(7) == made[7])
    }

    @Test func `they are as old as the call's key, and of no age if that has none`() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let now = Timestamp(microseconds: Int64.random(in: 0...(1 << 50), using: &generator))
            let timed = IdempotencyKey.timeOrdered(at: now, using: &generator)
            let plain = IdempotencyKey(high: generator.next() & ~0xF000, low: generator.next())
            for index in 0..<50 as Range<UInt32> {
                #expect(timed.ofPart(index).time == timed.time)
                #expect(plain.ofPart(index).time == nil)
            }
        }
    }
}
