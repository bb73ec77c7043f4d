import ConnectionState
import Testing

@testable import WriteServer

@Suite struct AddressRatesTests {
    private func time(_ milliseconds: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: 5_000_000_000 + milliseconds * 1_000_000)
    }

    @Test func `an address may send a second's worth at once, and then at its rate`() {
        var rates = AddressRates(countPerSecondMax: 10)
        for _ in 1...10 { #expect(rates.admit("192.0.2.1", now: time(0)) == nil) }
        #expect(rates.admit("192.0.2.1", now: time(0)) == 100)
        #expect(rates.admit("192.0.2.1", now: time(99)) == 1)
        #expect(rates.admit("192.0.2.1", now: time(100)) == nil)
        #expect(rates.admit("192.0.2.1", now: time(100)) == 100)
        #expect(rates.admit("192.0.2.2", now: time(100)) == nil, "another's rate is its own")
    }

    @Test func `whoever waits as told is taken, however often it was refused`() {
        var rates = AddressRates(countPerSecondMax: 3)
        var now: UInt64 = 0
        var taken = 0
        for _ in 1...1_000 {
            guard let wait = rates.admit("192.0.2.1", now: time(now)) else {
                taken += 1
                continue
            }
            now += UInt64(wait)
            #expect(rates.admit("192.0.2.1", now: time(now)) == nil)
            taken += 1
        }
        // Three at once, and three a second; a wait is rounded up to a millisecond.
        #expect((taken - 3) * 1_000 <= Int(now) * 3)
        #expect((taken - 3) * 1_000 >= Int(now) * 3 - 3_000)
    }

    @Test func `a clock that stands still or goes back takes nothing away`() {
        var rates = AddressRates(countPerSecondMax: 1)
        #expect(rates.admit("192.0.2.1", now: time(0)) == nil)
        let before = MonotonicTime(nanoseconds: 0)
        #expect(rates.admit("192.0.2.1", now: before) == 6_000)
    }

    @Test func `of ever so many addresses only so many are remembered, and none is free of limits`()
    {
        var rates = AddressRates(countPerSecondMax: 1)
        let countMax = AddressRates.addressCountMax
        for number in 0..<countMax {
            #expect(rates.admit("a\(number)", now: time(0)) == nil)
        }
        #expect(rates.admit("b", now: time(0)) == nil)
        #expect(rates.admit("c", now: time(0)) == 1_000, "they share one rate")
        #expect(rates.addressCount == countMax + 1)
        for number in 0..<100 { #expect(rates.admit("d\(number)", now: time(2_000)) == nil) }
        #expect(rates.addressCount == 100, "those that have caught up are forgotten")
    }
}
