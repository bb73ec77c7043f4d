import OrdersClient
import TandemCLI
import TandemClient
import TandemCore
import Testing

@Suite struct OutputTests {
    @Test func `columns are aligned and lines don't end in spaces`() {
        var table = Table([("ID", .right), ("NAME", .left), ("PRICE", .right)])
        table.add(["7", "Tea", "4.50 USD"])
        table.add(["1200", "日本茶", "1250 JPY"])
        table.add(["8"])
        #expect(
            table.text == """
                  ID  NAME       PRICE
                   7  Tea     4.50 USD
                1200  日本茶  1250 JPY
                   8

                """)
    }

    @Test func `a name can't break a table or steer the terminal`() {
        var table = Table([("NAME", .left)])
        table.add(["a\nb\u{1B}[2J"])
        #expect(table.text == "NAME\na b\u{FFFD}[2J\n")
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1_483_271_606_000_000, "2017-01-01T11:53:26Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (1_483_271_606_000_250, "2017-01-01T11:53:26.000250Z"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00Z"),
        ] as [(Int64, String)])
    func `times are written in ISO 8601 and read back`(microseconds: Int64, text: String) {
        let time = Timestamp(microseconds: microseconds)
        #expect(time.isoText == text)
        #expect(Timestamp(isoText: Array(text.utf8)) == time)
    }

    @Test(arguments: [Int64.min, .max])
    func `the first and the last time can be written`(microseconds: Int64) {
        #expect(Timestamp(microseconds: microseconds).isoText.hasSuffix("Z"))
    }

    @Test(arguments: [
        "", "2017-01-01", "2017-01-01T11:53:26", "2017-13-01T00:00:00Z", "2017-02-29T00:00:00Z",
        "2017-01-00T00:00:00Z", "2017-01-01T24:00:00Z", "2017-01-01T00:60:00Z",
        "2017-01-01T00:00:60Z", "2017-01-01T00:00:00.Z", "2017-01-01T00:00:00.1234567Z",
        "2017-01-01T00:00:00+00:00", "2017/01/01T00:00:00Z", "20x7-01-01T00:00:00Z",
    ])
    func `what is no time is refused`(text: String) {
        #expect(Timestamp(isoText: Array(text.utf8)) == nil)
    }

    @Test func `JSON keeps its order and escapes what must be`() {
        let json: JSON = [
            "b": .count(-1), "a": ["x", .null, .bool(true)], "c": "\"\\\n\u{1}é",
            "d": .number(1.23456), "e": .number(.infinity), "f": .number(-0.5), "g": [:],
            "h": .uint64(.max), "i": .int64(.min),
        ]
        #expect(
            json.compactText == #"{"b":-1,"a":["x",null,true],"c":"\"\\\n\u0001é","d":1.235,"#
                + #""e":null,"f":-0.500,"g":{},"h":"18446744073709551615","#
                + #""i":"-9223372036854775808"}"#)
        #expect(
            (["a": [.count(1)]] as JSON).text == """
                {
                  "a": [
                    1
                  ]
                }

                """)
    }

    @Test func `counts, sizes and spans are written for people`() {
        #expect(1_469_307.grouped == "1,469,307")
        #expect((-1_000).grouped == "-1,000")
        #expect(999.grouped == "999")
        #expect(byteCountText(1_023) == "1023 B")
        #expect(byteCountText(1_536) == "1.5 KiB")
        #expect(byteCountText(.max) == "16777216.0 TiB")
        #expect(clockText(.seconds(7)) == "0:07")
        #expect(clockText(.seconds(3_723)) == "1:02:03")
    }

    @Test func `percentiles are in milliseconds and none of nothing`() {
        var times = LatencyHistogram()
        #expect(times.percentile(50) == .null)
        for milliseconds in 1...100 { times.record(.milliseconds(milliseconds)) }
        guard case .number(let median) = times.percentile(50) else {
            Issue.record("no median")
            return
        }
        #expect((49.9...50.2).contains(median))
        times.record(.seconds(-1))
        times.record(.seconds(1_000_000))
        #expect(times.count == 102)
    }
}

@Suite struct ArgumentTests {
    @Test func `a line is a product, a quantity and perhaps a price`() {
        #expect(LineArgument(argument: "7:2")?.line == .product(7, quantity: 2))
        #expect(
            LineArgument(argument: "7:2:-399")?.line
                == .product(7, quantity: 2, unitPriceMinorUnits: -399))
        #expect(
            LineArgument(argument: "7:3:=1000")?.line
                == .product(7, quantity: 3, priceMinorUnits: 1_000))
        for bad in [
            "7:2:=", "7:2:==3", "7:2:= 3", "7:=2:3", "7:2:3=",
            "", "7", "7:", ":2", "7:\u{301}2", "7:2:", "7:2:3:4", "0:1", "7:-1", "7:4294967296",
        ] {
            #expect(LineArgument(argument: bad) == nil, "\(bad)")
        }
    }

    @Test func `keys and cursors are hexadecimal`() {
        let text = "0123456789abcdef0123456789abcdef"
        #expect(HexKey(argument: text)?.key.description == text)
        #expect(HexKey(argument: "0123") == nil)
        #expect(
            HexKey(argument: "01234567-89ab-cdef-0123-456789abcdef")?.key.description == text)
        #expect(HexKey(argument: "0123456-789ab-cdef-0123-456789abcdef") == nil)
        #expect(HexKey(argument: String(repeating: "g", count: 32)) == nil)
        #expect(HexKey(argument: "+123456789abcdef0123456789abcdef") == nil)
        #expect(CursorArgument(argument: "01ffAB")?.cursor.bytes == [1, 255, 171])
        for bad in ["", "0", "0g", "g0", "012"] { #expect(CursorArgument(argument: bad) == nil) }
    }

    @Test func `an order's status is one of those there are`() {
        #expect(StatusArgument(argument: "paid")?.status == .paid)
        #expect(StatusArgument(argument: "unknown") == nil)
    }
}
