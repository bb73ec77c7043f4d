import TandemCore
import Testing

@Test func `a key is its sixteen bytes, on the wire and as text`() throws {
    let bytes = [UInt8](0..<16)
    let key = try #require(IdempotencyKey(bytes: bytes))
    #expect(key.bytes == bytes)
    #expect(key.description == "000102030405060708090a0b0c0d0e0f")
    #expect(IdempotencyKey(key.description) == key)
    #expect(IdempotencyKey("000102030405060708090A0B0C0D0E0F") == key)
}

@Test(arguments: ["", "0", "000102030405060708090a0b0c0d0e", "+00102030405060708090a0b0c0d0e0f",
    "000102030405060708090a0b0c0d0e0g", "00010203040506070809\u{e9}\u{e9}0b0c0d0e"])
func `what is no key's text makes no key`(text: String) {
    #expect(IdempotencyKey(text) == nil)
}

@Test func `fifteen bytes are no key, and a seventeenth is not looked at`() {
    #expect(IdempotencyKey(bytes: [UInt8](0..<15)) == nil)
    #expect(IdempotencyKey(bytes: [UInt8](0..<17)) == IdempotencyKey(bytes: [UInt8](0..<16)))
}

@Test func `a key made from time is a UUID of version 7 that begins with the milliseconds`() {
    var generator = SystemRandomNumberGenerator()
    let now = Timestamp(microseconds: 1_700_000_000_123_456)
    let key = IdempotencyKey.timeOrdered(at: now, using: &generator)
    #expect(key.high >> 16 == 1_700_000_000_123)
    #expect(key.high >> 12 & 0xF == 7)
    #expect(key.low >> 62 == 0b10)
}

@Test(arguments: [Int64.min, -1, 0, .max])
func `a clock that is far off makes no trap of a key`(microseconds: Int64) {
    var generator = SystemRandomNumberGenerator()
    let key = IdempotencyKey.timeOrdered(
        at: Timestamp(microseconds: microseconds), using: &generator)
    #expect(key.high >> 12 & 0xF == 7)
}

@Test func `keys made later sort later`() {
    var generator = SystemRandomNumberGenerator()
    let early = IdempotencyKey.timeOrdered(
        at: Timestamp(microseconds: 1_000_000), using: &generator)
    let late = IdempotencyKey.timeOrdered(
        at: Timestamp(microseconds: 1_001_000), using: &generator)
    #expect(early.high < late.high)
}

@Test func `the status codes are gRPC's seventeen, by number and name`() {
    #expect(StatusCode.allCases.map(\.rawValue) == Array(0...16))
    #expect(
        StatusCode.allCases.map(\.description) == [
            "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
            "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
            "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
            "UNAUTHENTICATED",
        ])
}

@Test func `there is no position after the last one that a database counts to`() {
    let last = UInt64(Int64.max)
    #expect(LogPosition(rawValue: last - 1).next == LogPosition(rawValue: last))
    #expect(LogPosition(rawValue: last).next == nil)
    #expect(LogPosition(rawValue: .max).next == nil)
    #expect(LogPosition.beginning.next == LogPosition(rawValue: 1))
}

@Test func `a time-ordered key tells when it was made, and no other key does`() {
    var generator = SystemRandomNumberGenerator()
    let made = Timestamp(microseconds: 1_700_000_000_123_456)
    let key = IdempotencyKey.timeOrdered(at: made, using: &generator)
    #expect(key.time == Timestamp(microseconds: 1_700_000_000_123_000))
    #expect(IdempotencyKey(high: .max, low: .max).time == nil)
    #expect(IdempotencyKey(high: key.high, low: 0).time == nil)
    #expect(IdempotencyKey(high: .max & ~0x8000, low: 1 << 63).time != nil)
}
