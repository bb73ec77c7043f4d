import OrdersMessages
import TandemCore
import TandemDomain
import TandemTestKit
import Testing

@testable import Orders

/// Products whose units are counted, and those that can't be ordered any more.
@Suite struct StockTests {
    /// User 1; product 5 with ten units, 6 whose units aren't counted.
    private func shop() throws -> TestDomain<OrdersDomain> {
        try TestDomain(OrdersDomain())
            .given(Orders.registerUser, Requests.user(1, "ann@x"))
            .given(Orders.addProduct, Requests.product(5, 250, stock: 10))
            .given(Orders.addProduct, Requests.product(6, 100))
    }

    private func stock(_ shop: TestDomain<OrdersDomain>, _ id: UInt64 = 5) throws -> Int64? {
        let product = try #require(try shop.document(Product.self, id))
        // What the write side has is what its next reply says.
        let reply = try shop.when(Orders.changeProductPrice, Requests.price(id, 250)).reply
        #expect(reply?.stock == product.stock)
        #expect(reply?.hasStock == product.hasStock)
        return product.hasStock ? product.stock : nil
    }

    @Test(arguments: [nil, 7] as [Int64?])
    func `orders take their units, and no more than there are, also at prices of their own`(
        price: Int64?
    ) throws {
        let shop = try shop()
        try shop.given(
            Orders.placeOrder, Requests.order(1, [Requests.line(5, 4, price: price)]))
        #expect(try stock(shop) == 6)
        // Six are enough for either of the two lines, and not for both.
        let both = [Requests.line(5, 3, price: price), Requests.line(5, 4, price: price)]
        let result = try shop.when(Orders.placeOrder, Requests.order(2, both))
            .thenRejected("OUT_OF_STOCK", .failedPrecondition)
        #expect(
            result.rejection?.metadata == [
                "product_id": "5", "field": "lines[1].quantity", "wanted": "4", "left": "3",
            ])
        #expect(try stock(shop) == 6)
        try shop.given(
            Orders.placeOrder, Requests.order(2, [Requests.line(5, 6, price: price)]))
        #expect(try stock(shop) == 0)
        try shop.when(Orders.placeOrder, Requests.order([Requests.line(5, price: price)]))
            .thenRejected("OUT_OF_STOCK", .failedPrecondition)
        // What changed no stock needs none.
        try shop.given(
            Orders.placeOrder, Requests.order(3, [Requests.line(5, 0, price: price)]))
    }

    @Test func `what an order's items change is taken and put back`() throws {
        let shop = try shop()
            .given(Orders.placeOrder, Requests.order(1, [Requests.line(5, 4), Requests.line(6, 2)]))
            .given(Orders.addOrderItem, Requests.addItem(Requests.line(5, 5), to: 1))
        #expect(try stock(shop) == 1)
        try shop.when(Orders.addOrderItem, Requests.addItem(Requests.line(5, 2), to: 1))
            .thenRejected("OUT_OF_STOCK", .failedPrecondition)
        try shop.when(Orders.changeItemQuantity, Requests.quantity(6, of: 1, in: 1))
            .thenRejected("OUT_OF_STOCK", .failedPrecondition)
        try shop.given(Orders.changeItemQuantity, Requests.quantity(5, of: 1, in: 1))
        #expect(try stock(shop) == 0)
        try shop.given(Orders.changeItemQuantity, Requests.quantity(1, of: 1, in: 1))
        #expect(try stock(shop) == 4)
        try shop.given(Orders.removeOrderItem, Requests.removeItem(3, 1))
        #expect(try stock(shop) == 9)
        try shop.given(Orders.cancelOrder, Requests.cancel(1))
        #expect(try stock(shop) == 10)
        #expect(try stock(shop, 6) == nil)
    }

    @Test func `a refund in full puts back what was not shipped`() throws {
        let shop = try shop()
        for id: UInt64 in 1...2 {
            // Twice the same product: it is put back once for each.
            let lines = [Requests.line(5, 2), Requests.line(5, 3)]
            try shop.given(Orders.placeOrder, Requests.order(id, lines))
                .given(Orders.payOrder, Requests.pay(id))
        }
        #expect(try stock(shop) == 0)
        try shop.given(Orders.refundOrder, Requests.refund(1, 1_000))
        #expect(try stock(shop) == 0, "a part of the money is no unit")
        try shop.given(Orders.refundOrder, Requests.refund(1))
        #expect(try stock(shop) == 5)
        try shop.given(Orders.shipOrder, Requests.ship(2))
            .given(Orders.refundOrder, Requests.refund(2))
        #expect(try stock(shop) == 5, "it is with the customer")
        try shop.given(Orders.restockProduct, Requests.restock(5, 5))
        #expect(try stock(shop) == 10)
    }

    @Test func `only what is counted is restocked, and within bounds`() throws {
        let shop = try shop()
        try shop.when(Orders.restockProduct, Requests.restock(6, 1))
            .thenRejected("STOCK_NOT_COUNTED", .failedPrecondition)
        for units in [Int64.min, -1, 0, 1_000_000_000_001] {
            try shop.when(Orders.restockProduct, Requests.restock(5, units))
                .thenRejected("UNITS_OUT_OF_RANGE", .invalidArgument)
        }
        let refused = try shop.when(Orders.restockProduct, Requests.restock(5, 1_000_000_000_000))
            .thenRejected("STOCK_OUT_OF_RANGE", .invalidArgument)
        #expect(refused.rejection?.metadata["field"] == "units")
        try shop.given(Orders.restockProduct, Requests.restock(5, 1_000_000_000_000 - 10))
        for stock in [-1, 1_000_000_000_001] as [Int64] {
            try shop.when(Orders.addProduct, Requests.product(8, stock: stock))
                .thenRejected("STOCK_OUT_OF_RANGE", .invalidArgument)
        }
        try shop.given(Orders.addProduct, Requests.product(8, stock: 0))
        #expect(try stock(shop, 8) == 0)
        try shop.when(Orders.restockProduct, Requests.restock(99, 1))
            .thenRejected("UNKNOWN_PRODUCT", .notFound)
    }

    @Test(arguments: [nil, 7] as [Int64?])
    func `a retired product stays in its orders and comes into no other`(price: Int64?) throws {
        let line = Requests.line(6, 2, price: price)
        let shop = try shop().given(Orders.placeOrder, Requests.order(1, [line, line]))
            .given(Orders.retireProduct, Requests.retire(6))
        #expect(try shop.document(Product.self, 6)?.isRetired == true)
        #expect(try shop.document(Order.self, 1)?.items.count == 2)
        let refused = try shop.when(Orders.placeOrder, Requests.order([line]))
            .thenRejected("PRODUCT_RETIRED", .failedPrecondition)
        #expect(refused.rejection?.metadata["product_id"] == "6")
        try shop.when(Orders.addOrderItem, Requests.addItem(line, to: 1))
            .thenRejected("PRODUCT_RETIRED", .failedPrecondition)
        let free = Requests.line(6, 0, price: 500)
        try shop.when(Orders.placeOrder, Requests.order([free]))
            .thenRejected("PRODUCT_RETIRED", .failedPrecondition)
        let changed = { Requests.quantity($0, of: 1, in: 1, price: price) }
        try shop.when(Orders.changeItemQuantity, changed(3))
            .thenRejected("PRODUCT_RETIRED", .failedPrecondition)
        try shop.given(Orders.changeItemQuantity, changed(1))
            .given(Orders.removeOrderItem, Requests.removeItem(2, 1))
            .given(Orders.payOrder, Requests.pay(1))
        // Retired is retired: no second event.
        let again = try shop.when(Orders.retireProduct, Requests.retire(6))
        #expect(again.events.isEmpty)
        #expect(again.reply?.version == 2)
    }

    @Test func `an order that is there is told to be there, though nothing is left for it`()
        throws
    {
        let order = Requests.order(1, [Requests.line(5, 6, price: 1)])
        let shop = try shop().given(Orders.placeOrder, order)
        try shop.when(Orders.placeOrder, Requests.order([Requests.line(5, 6, price: 1)]))
            .thenRejected("OUT_OF_STOCK", .failedPrecondition)
        try shop.when(Orders.placeOrder, order).thenRejected("ORDER_EXISTS", .alreadyExists)
        try shop.given(Orders.retireProduct, Requests.retire(5))
        try shop.when(Orders.placeOrder, order).thenRejected("ORDER_EXISTS", .alreadyExists)
    }

    @Test func `a shop learns of its first counted product while it runs`() throws {
        let shop = try TestDomain(OrdersDomain())
            .given(Orders.registerUser, Requests.user(1, "ann@x"))
            .given(Orders.addProduct, Requests.product(6, 100))
            .given(Orders.placeOrder, Requests.order(1, [Requests.line(6, 2, price: 1)]))
            .given(Orders.addProduct, Requests.product(5, 250, stock: 1))
        try shop.when(Orders.placeOrder, Requests.order([Requests.line(5, 2, price: 1)]))
            .thenRejected("OUT_OF_STOCK", .failedPrecondition)
    }

    @Test func `a shop learns of its first retired product while it runs`() throws {
        let line = Requests.line(6, 2, price: 1)
        let shop = try TestDomain(OrdersDomain())
            .given(Orders.registerUser, Requests.user(1, "ann@x"))
            .given(Orders.addProduct, Requests.product(6, 100))
            .given(Orders.placeOrder, Requests.order(1, [line]))
            .given(Orders.retireProduct, Requests.retire(6))
        try shop.when(Orders.placeOrder, Requests.order([line]))
            .thenRejected("PRODUCT_RETIRED", .failedPrecondition)
    }
}
