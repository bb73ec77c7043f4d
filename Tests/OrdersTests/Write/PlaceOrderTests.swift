import OrdersEvents
import OrdersMessages
import SwiftProtobuf
import TandemCore
import Testing
import WriteStore

@testable import Orders

@Suite struct PlaceOrderTests {
    typealias Placed = Tandem_Orders_Events_V1_OrderPlaced

    /// User 1, and products 5 (2.50 USD), 6 (the highest price) and 7 (in EUR).
    private func openShop() throws -> OrdersHarness {
        let shop = try OrdersHarness()
        try shop.reply(
            "RegisterUser", Requests.user(1, "ann@x"), as: Tandem_Orders_V1_UserReply.self)
        for request in [
            Requests.product(5, 250), Requests.product(6, 1_000_000_000_000),
            Requests.product(7, 100, currency: "EUR"),
        ] {
            try shop.reply("AddProduct", request, as: Tandem_Orders_V1_ProductReply.self)
        }
        return shop
    }

    @Test func `an order takes the catalogue's prices where it gives none`() throws {
        let shop = try openShop()
        let reply: Tandem_Orders_V1_OrderReply = try shop.reply(
            "PlaceOrder",
            Requests.order([
                Requests.line(5, 3), Requests.line(5, 2, price: 199),
                Requests.line(price: 0, description: "COUPON"), Requests.line(5, 0),
            ]))
        #expect(reply.orderID == 1)
        #expect(reply.status == .placed)
        #expect(reply.totalMinor == 949)
        #expect(reply.currency == "USD")

        let event = try #require(try shop.log().last)
        let placed = try Placed(serializedBytes: event.payload)
        #expect(event.stream.rawValue == "order-1")
        #expect(placed.lines.map(\.priceMinor) == [750, 199, 0, 0])
        #expect(placed.lines.map(\.productID) == [5, 5, 0, 5])
        #expect(placed.lines.map(\.description_p) == ["", "", "COUPON", ""])
        #expect(placed.createdAtUs == OrdersHarness.now.microseconds)
        #expect(try event.payload == placed.serializedBytes(), "the canonical encoding")
        #expect(
            try shop.rows(
                """
                SELECT number, product_id, description, quantity, price_minor, unit_price_minor
                FROM order_items
                """)
                == ["1|5|-|3|750|250", "2|5|-|2|199|-", "3|-|COUPON|1|0|-", "4|5|-|0|0|250"])
    }

    @Test func `a line states its unit price, its own, or both if they agree`() throws {
        let shop = try openShop()
        let reply: Tandem_Orders_V1_OrderReply = try shop.reply(
            "PlaceOrder",
            Requests.order([
                Requests.line(5, 3, unit: 200), Requests.line(5, 3, price: 597, unit: 199),
                Requests.line(nil, 2, unit: 150, description: "Deposit"),
                Requests.line(5, 0, unit: 9),
            ]))
        #expect(reply.totalMinor == 600 + 597 + 300)
        let event = try #require(try shop.log().last)
        let placed = try Placed(serializedBytes: event.payload)
        #expect(placed.lines.map(\.priceMinor) == [600, 597, 300, 0])
        #expect(placed.lines.map(\.unitPriceMinor) == [200, 199, 150, 9])
        for (line, reason, field) in [
            (Requests.line(5, 3, price: 600, unit: 199), "PRICE_MISMATCH", "lines[0].price_minor"),
            (Requests.line(5, 0, price: 1, unit: 1), "PRICE_MISMATCH", "lines[0].price_minor"),
            (Requests.line(5, unit: -1), "PRICE_OUT_OF_RANGE", "lines[0].unit_price_minor"),
            (
                Requests.line(5, 2, unit: 500_000_000_001), "PRICE_OUT_OF_RANGE",
                "lines[0].price_minor"
            ),
            (
                Requests.line(5, 1_000_000, unit: 1_000_000_000_000), "PRICE_OUT_OF_RANGE",
                "lines[0].price_minor"
            ),
        ] {
            let refused = try shop.rejection("PlaceOrder", Requests.order([line]))
            #expect(refused?.reason == reason)
            #expect(refused?.metadata["field"] == field)
            #expect(refused?.code == .invalidArgument)
        }
    }

    @Test func `prices of the order's own are encoded as the catalogue's are`() throws {
        let shop = try openShop()
        let own = Requests.order(
            8, [Requests.line(5, 3, price: 750, unit: 250), Requests.line(5, 1, unit: 250)])
        let catalogue = Requests.order(9, [Requests.line(5, 3), Requests.line(5, 1)])
        _ = try shop.send("PlaceOrder", own)
        _ = try shop.send("PlaceOrder", catalogue)
        var events = try shop.log().suffix(2).map { try Placed(serializedBytes: $0.payload) }
        events[1].orderID = 8
        #expect(events[0] == events[1])
    }

    @Test func `unknown users and products are named, and nothing is left behind`() throws {
        let shop = try openShop()
        let user = try shop.rejection(
            "PlaceOrder", Requests.order(user: 9, [Requests.line(5, price: 1)]))
        #expect(user?.reason == "UNKNOWN_USER")
        #expect(user?.metadata["user_id"] == "9")
        // Once found by the foreign key, after lines were written, and once by the price's look-up.
        for price in [1, nil] as [Int64?] {
            let product = try shop.rejection(
                "PlaceOrder",
                Requests.order([Requests.line(5, price: 1), Requests.line(404, price: price)]))
            #expect(product?.reason == "UNKNOWN_PRODUCT")
            #expect(product?.metadata == ["product_id": "404", "field": "lines[1].product_id"])
        }
        #expect(try shop.rows("SELECT * FROM orders") == [])
        #expect(try shop.rows("SELECT * FROM order_items") == [])
        #expect(try shop.log().count == 4)
        #expect(
            try shop.send("PlaceOrder", Requests.order([Requests.line(5)])).position.rawValue == 5)
    }

    @Test func `an order's id is used once`() throws {
        let shop = try openShop()
        _ = try shop.send("PlaceOrder", Requests.order(7, [Requests.line(5)]))
        let again = try shop.rejection("PlaceOrder", Requests.order(7, [Requests.line(5)]))
        #expect(again?.reason == "ORDER_EXISTS")
        let next: Tandem_Orders_V1_OrderReply = try shop.reply(
            "PlaceOrder", Requests.order([Requests.line(5)]))
        #expect(next.orderID == 1)
    }

    @Test func `a line's mistakes are told with its place, its value and what is allowed`() throws {
        let shop = try openShop()
        let good = Requests.line(5)
        for (line, reason, field) in [
            (Requests.line(5, 1_000_001), "QUANTITY_OUT_OF_RANGE", "lines[1].quantity"),
            (Requests.line(5, .max), "QUANTITY_OUT_OF_RANGE", "lines[1].quantity"),
            (Requests.line(5, price: -1), "PRICE_OUT_OF_RANGE", "lines[1].price_minor"),
            (Requests.line(5, price: .min), "PRICE_OUT_OF_RANGE", "lines[1].price_minor"),
            (Requests.line(0), "INVALID_ID", "lines[1].product_id"),
            (Requests.line(.max), "INVALID_ID", "lines[1].product_id"),
            (Requests.line(description: "COUPON"), "PRICE_MISSING", "lines[1].price_minor"),
            (Requests.line(price: 1), "INVALID_DESCRIPTION", "lines[1].description"),
            (
                Requests.line(5, description: "x"), "UNEXPECTED_DESCRIPTION",
                "lines[1].description"
            ),
            (Requests.line(7), "CURRENCY_MISMATCH", "lines[1].product_id"),
            (Requests.line(6, 2), "PRICE_OUT_OF_RANGE", "lines[1].price_minor"),
            (Requests.line(6, 1_000_000), "PRICE_OUT_OF_RANGE", "lines[1].price_minor"),
        ] {
            let refused = try shop.rejection("PlaceOrder", Requests.order([good, line]))
            #expect(refused?.reason == reason)
            #expect(refused?.metadata["field"] == field)
            #expect(refused?.code == .invalidArgument)
        }
        #expect(try shop.log().count == 4)
    }

    @Test func `an order has 1 to 1,000 lines`() throws {
        let shop = try openShop()
        for (count, reason) in [
            (0, "NO_LINES"), (1, nil), (1_000, nil), (1_001, "TOO_MANY_LINES"),
        ] {
            let lines = Array(repeating: Requests.line(5, price: 1), count: count)
            #expect(try shop.rejection("PlaceOrder", Requests.order(lines))?.reason == reason)
        }
        #expect(
            try shop.rows("SELECT total_minor FROM orders ORDER BY id") == ["1", "1000"])
    }

    @Test func `the dearest order that the limits allow has an exact total`() throws {
        let shop = try openShop()
        let lines = Array(repeating: Requests.line(6, 1), count: 1_000)
        let reply: Tandem_Orders_V1_OrderReply = try shop.reply(
            "PlaceOrder", Requests.order(lines))
        #expect(reply.totalMinor == 1_000_000_000_000_000)
    }

    @Test(arguments: [Int64.min, -1, 253_402_300_800_000_000])
    func `a time outside of 1970 to 9999 is refused`(time: Int64) throws {
        let shop = try openShop()
        var request = Requests.order([Requests.line(5)])
        request.createdAtUs = time
        #expect(
            try shop.rejection("PlaceOrder", request)?.reason == "CREATED_AT_OUT_OF_RANGE")
    }

    @Test func `a mistake found before the transaction leaves its key unused`() throws {
        let shop = try openShop()
        let wrong = Requests.order([])
        let first = try shop.send("PlaceOrder", wrong, key: 77)
        let second = try shop.send("PlaceOrder", wrong, key: 77)
        #expect([first.isReplay, second.isReplay] == [false, false])
        #expect([first.isNotProcessed, second.isNotProcessed] == [true, true])
        #expect(first.result == second.result)
        let right = try shop.send("PlaceOrder", Requests.order([Requests.line(5)]), key: 77)
        #expect(throws: Never.self) { try right.result.get() }
    }
}
