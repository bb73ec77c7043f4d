import OrdersClient
import TandemCLI
import TandemClient
import TandemCore
import Testing

@Suite struct OrderRowsTests {
    private static let head =
        "order_id,user_id,placed_at,product_id,description,quantity,price_minor,currency\n"

    /// One line for each order or problem.
    private func read(_ rows: String) throws -> [String] {
        let source = PiecesSource([Array((Self.head + rows).utf8)])
        var orders = try OrderRows(CSVReader(file: "o.csv", source: source))
        var found: [String] = []
        while let item = try orders.next() {
            switch item {
            case .bad(let problems): found += problems.map(\.description)
            case .entity(let entity):
                guard case .order(let order) = entity.content else { continue }
                let lines = order.lines.map { line in
                    "\(line.productID?.description ?? line.description)x\(line.quantity)"
                        + (line.priceMinorUnits.map { "@\($0)" } ?? "")
                }
                found.append(
                    "\(entity.name) lines \(entity.line)-\(entity.lineLast): "
                        + lines.joined(separator: " "))
            }
        }
        return found
    }

    @Test func `consecutive rows of one order become one order`() throws {
        let found = try read(
            """
            1,7,2017-01-01T11:53:26Z,10,,2,,USD
            1,7,2017-01-01T11:53:26Z,11,,1,399,USD
            2,8,2017-01-02T00:00:00Z,,Coupon,1,-50,USD

            """)
        #expect(found == ["order 1 lines 2-3: 10x2 11x1@399", "order 2 lines 4-4: Couponx1@-50"])
    }

    @Test func `columns may stand in any order`() throws {
        let source = PiecesSource([
            Array(
                """
                currency,quantity,price_minor,description,product_id,placed_at,user_id,order_id
                USD,3,,,10,2017-01-01T11:53:26Z,7,1

                """.utf8)
        ])
        var orders = try OrderRows(CSVReader(file: "o.csv", source: source))
        guard case .entity(let entity) = try orders.next(), case .order(let order) = entity.content
        else {
            Issue.record("no order")
            return
        }
        #expect(order.userID == 7)
        #expect(order.createdAt == Timestamp(microseconds: 1_483_271_606_000_000))
    }

    @Test func `an order with a bad row is left out whole`() throws {
        let found = try read(
            """
            1,7,2017-01-01T11:53:26Z,10,,2,,USD
            1,7,2017-01-01T11:53:26Z,11,,1000001,,USD
            1,7,2017-01-01T11:53:26Z,12,,1,,USD
            2,7,2017-01-01T11:53:26Z,10,,2,,USD

            """)
        #expect(
            found == [
                "o.csv:3:30: quantity: '1000001' found, "
                    + "a whole number from 0 to 1,000,000 expected",
                "order 2 lines 5-5: 10x2",
            ])
    }

    @Test func `a broken row takes along the order whose number it begins with`() throws {
        let found = try read(
            """
            1,7,2017-01-01T11:53:26Z,10,,2,,USD
            2,7,"broken"x,10,,2,,USD
            2,7,2017-01-01T11:53:26Z,10,,2,,USD
            3,7,2017-01-01T11:53:26Z,10,,2,,USD

            """)
        #expect(found.count == 3)
        #expect(found[0] == "order 1 lines 2-2: 10x2")
        #expect(found[1].hasPrefix("o.csv:3:13: text after a closing quote"))
        #expect(found[2] == "order 3 lines 5-5: 10x2")
    }

    @Test func `a broken row of nobody takes along the orders on both its sides`() throws {
        let found = try read(
            """
            1,7,2017-01-01T11:53:26Z,10,,2,,USD
            x,7,2017-01-01T11:53:26Z,10,,2,,USD
            2,7,2017-01-01T11:53:26Z,10,,2,,USD
            3,7,2017-01-01T11:53:26Z,10,,2,,USD

            """)
        #expect(
            found == [
                "o.csv:3:1: order_id: 'x' found, a whole number from 1 to 2^63 - 1 expected",
                "o.csv:4: order 2: left out too, because the broken row before it "
                    + "may be one of its own",
                "order 3 lines 5-5: 10x2",
            ])
    }

    @Test func `a broken row of nobody inside an order takes along that order only`() throws {
        let found = try read(
            """
            1,7,2017-01-01T11:53:26Z,10,,2,,USD
            ,7,2017-01-01T11:53:26Z,10,,2,,USD
            1,7,2017-01-01T11:53:26Z,10,,2,,USD
            2,7,2017-01-01T11:53:26Z,10,,2,,USD

            """)
        #expect(
            found == [
                "o.csv:3:1: order_id: is empty, a whole number from 1 to 2^63 - 1 expected",
                "order 2 lines 5-5: 10x2",
            ])
    }

    @Test(arguments: [
        ("1,0,2017-01-01T11:53:26Z,10,,2,,USD", "2:3: user_id: '0' found"),
        ("1,7,2017-02-29T11:53:26Z,10,,2,,USD", "2:5: placed_at: '2017-02-29T11:53:26Z' found"),
        ("1,7,2017-01-01T11:53:26Z,,,2,5,USD", "2:27: description: is empty, but needed"),
        ("1,7,2017-01-01T11:53:26Z,,Tip,2,,USD", "2:33: price_minor: is empty, but needed"),
        ("1,7,2017-01-01T11:53:26Z,10,Tip,2,,USD", "2:29: description: has to be empty"),
        ("1,7,2017-01-01T11:53:26Z,10,,-1,,USD", "2:30: quantity: '-1' found"),
        ("1,7,2017-01-01T11:53:26Z,10,,2,1.5,USD", "2:32: price_minor: '1.5' found"),
        ("1,7,2017-01-01T11:53:26Z,10,,2,,usd", "2:33: currency: 'usd' found"),
        ("1,7,2017-01-01T11:53:26Z,10,,2,", "2: this row has 7 fields, the first row has 8"),
    ])
    func `a bad field is named with its line, its column and what was expected`(
        row: String, message: String
    ) throws {
        let found = try read(row + "\n")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("o.csv:\(message)") == true, "\(found)")
    }

    @Test func `rows of one order that disagree are refused`() throws {
        let found = try read(
            """
            1,7,2017-01-01T11:53:26Z,10,,2,,USD
            1,8,2017-01-01T11:53:26Z,11,,1,,USD

            """)
        #expect(
            found == ["o.csv:3:3: user_id: '8' found, '7' as in the order's first row expected"])
    }

    @Test func `a missing column is told with those that are needed`() {
        let source = PiecesSource([Array("order_id,user_id\n".utf8)])
        let failure = #expect(throws: ImportFailure.self) {
            _ = try OrderRows(CSVReader(file: "o.csv", source: source))
        }
        guard case .badRow(let problem) = failure else {
            Issue.record("not a bad row")
            return
        }
        #expect(problem.description.hasPrefix("o.csv:1: there is no column placed_at;"))
    }
}
