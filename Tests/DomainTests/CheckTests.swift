import TandemCore
import TandemDomain
import Testing

internal import SwiftProtobuf

/// What a request may hold.
struct CheckTests {
    @Test func `a rejection's reason is made of its field's name, wherever that stands`() {
        for (field, reason) in [
            ("seats", "INVALID_SEATS"), ("seats[0]", "INVALID_SEATS"),
            ("lines[2].unit_price", "INVALID_UNIT_PRICE"),
        ] {
            let rejection = Rejection.invalid(field, "must be 1 or more")
            #expect(rejection.reason == reason)
            #expect(rejection.metadata["field"] == field)
        }
    }

    @Test(
        arguments: [
            (0, 0, 0), (1, 999_999_999, 1_999_999), (-1, 1_000, -999_999),
            (-62_135_596_800, 0, -62_135_596_800_000_000),
            (253_402_300_799, 999_999_999, 253_402_300_799_999_999),
        ] as [(Int64, Int32, Int64)])
    func `a message's time is the clock's, cut to microseconds, and comes back`(
        seconds: Int64, nanos: Int32, microseconds: Int64
    ) throws {
        let message = Google_Protobuf_Timestamp(seconds: seconds, nanos: nanos)
        let time = try Check.time(message, "at")
        #expect(time == Timestamp(microseconds: microseconds))
        let back = Google_Protobuf_Timestamp(time)
        #expect(back.seconds == seconds && back.nanos == nanos / 1_000 * 1_000)
        #expect(Timestamp(back) == time)
    }

    @Test(
        arguments: [
            (.max, 0), (.min, 0), (253_402_300_800, 0), (-62_135_596_801, 0), (0, -1),
            (0, 1_000_000_000), (0, .max),
        ] as [(Int64, Int32)])
    func `what is no time is told, and traps nothing`(seconds: Int64, nanos: Int32) {
        let message = Google_Protobuf_Timestamp(seconds: seconds, nanos: nanos)
        #expect(Timestamp(message) == nil)
        let rejection = #expect(throws: Rejection.self) { try Check.time(message, "from[1].at") }
        #expect(rejection?.reason == "INVALID_TIME")
        #expect(rejection?.metadata["field"] == "from[1].at")
    }

    @Test(arguments: [Int64.min, -1, 0, .max])
    func `any moment of the clock has a form in a message`(microseconds: Int64) {
        let message = Google_Protobuf_Timestamp(Timestamp(microseconds: microseconds))
        #expect((0..<1_000_000_000).contains(message.nanos))
    }
}
