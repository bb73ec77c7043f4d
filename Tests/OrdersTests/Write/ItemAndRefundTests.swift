import OrdersMessages
import TandemCore
import TandemDomain
import TandemTestKit
import Testing

@testable import Orders

/// Changes of a placed order, and what is paid back.
@Suite struct ItemAndRefundTests {
    /// Order 1: three units of product 5 at 2.50, a weighed line of it for 1.99, a bag for 0.10.
    private func shop() throws -> TestDomain<OrdersDomain> {
        try TestDomain(OrdersDomain())
            .given(Orders.registerUser, Requests.user(1, "ann@x"))
            .given(Orders.addProduct, Requests.product(5, 250))
            .given(
                Orders.placeOrder,
                Requests.order(
                    1,
                    [
                        Requests.line(5, 3), Requests.line(5, 2, price: 199),
                        Requests.line(price: 10, description: "BAG"),
                    ]))
    }

    private func order(_ shop: TestDomain<OrdersDomain>) throws -> Order {
        try #require(try shop.document(Order.self, 1))
    }

    @Test func `an item's number is given once, and the total follows`() throws {
        let shop = try shop()
        let added = try shop.when(
            Orders.addOrderItem, Requests.addItem(Requests.line(5, 2), to: 1))
        #expect(added.reply?.item == 4)
        #expect(added.reply?.totalMinor == 1_459)
        let removed = try shop.when(Orders.removeOrderItem, Requests.removeItem(4, 1))
        #expect(removed.reply?.totalMinor == 959)
        #expect(removed.reply?.item == 0)
        let again = try shop.when(
            Orders.addOrderItem,
            Requests.addItem(Requests.line(nil, 2, unit: 5, description: "BAG"), to: 1))
        #expect(again.reply?.item == 5)
        let order = try order(shop)
        #expect(order.items.map(\.number) == [1, 2, 3, 5])
        #expect(order.items.map(\.hasUnitPriceMinor) == [true, false, false, true])
        #expect(order.items.map(\.unitPriceMinor) == [250, 0, 0, 5])
        #expect(order.totalMinor == 969)
        #expect(order.version == 4)
        try shop.when(Orders.removeOrderItem, Requests.removeItem(4, 1))
            .thenRejected("UNKNOWN_ITEM", .notFound)
    }

    @Test func `a new quantity costs the unit price, or what is said where there is none`() throws {
        let shop = try shop()
        let changed = try shop.when(Orders.changeItemQuantity, Requests.quantity(4, of: 1, in: 1))
        #expect(changed.reply?.totalMinor == 1_209)
        try shop.given(
            Orders.changeItemQuantity, Requests.quantity(2, of: 1, in: 1, price: 500))
        try shop.when(
            Orders.changeItemQuantity, Requests.quantity(2, of: 1, in: 1, price: 501)
        ).thenRejected("PRICE_MISMATCH", .invalidArgument)
        try shop.when(Orders.changeItemQuantity, Requests.quantity(4, of: 2, in: 1))
            .thenRejected("PRICE_MISSING", .invalidArgument)
        try shop.given(
            Orders.changeItemQuantity, Requests.quantity(4, of: 2, in: 1, price: 390))
        #expect(try order(shop).totalMinor == 500 + 390 + 10)
        #expect(try order(shop).items.map(\.quantity) == [2, 4, 1])
        // Orders keep the price that they were placed at.
        try shop.given(Orders.changeProductPrice, Requests.price(5, 999))
            .given(Orders.changeItemQuantity, Requests.quantity(1, of: 1, in: 1))
        #expect(try order(shop).totalMinor == 250 + 390 + 10)
        for quantity: UInt32 in [0, 1_000_001, .max] {
            try shop.when(
                Orders.changeItemQuantity, Requests.quantity(quantity, of: 1, in: 1)
            ).thenRejected("QUANTITY_OUT_OF_RANGE", .invalidArgument)
        }
        for item: UInt32 in [0, 4, .max] {
            try shop.when(Orders.changeItemQuantity, Requests.quantity(1, of: item, in: 1))
                .thenRejected("UNKNOWN_ITEM", .notFound)
        }
    }

    @Test func `a dear item's quantity stays within what a line may cost`() throws {
        let dear = Requests.line(nil, 1, unit: 1_000_000_000_000, description: "HOUSE")
        let shop = try shop().given(Orders.placeOrder, Requests.order(2, [dear]))
        try shop.when(Orders.changeItemQuantity, Requests.quantity(2, of: 1, in: 2))
            .thenRejected("PRICE_OUT_OF_RANGE", .invalidArgument)
        try shop.when(Orders.changeItemQuantity, Requests.quantity(1_000_000, of: 1, in: 2))
            .thenRejected("PRICE_OUT_OF_RANGE", .invalidArgument)
    }

    @Test func `an order keeps its last item and has 1,000 at most`() throws {
        let shop = try shop().given(Orders.removeOrderItem, Requests.removeItem(1, 1))
            .given(Orders.removeOrderItem, Requests.removeItem(3, 1))
        try shop.when(Orders.removeOrderItem, Requests.removeItem(2, 1))
            .thenRejected("LAST_ITEM", .failedPrecondition)
        let bag = Requests.line(price: 1, description: "BAG")
        let many = Array(repeating: bag, count: 1_000)
        try shop.given(Orders.placeOrder, Requests.order(2, many))
        try shop.when(Orders.addOrderItem, Requests.addItem(bag, to: 2))
            .thenRejected("TOO_MANY_ITEMS", .failedPrecondition)
        try shop.given(Orders.removeOrderItem, Requests.removeItem(500, 2))
            .given(Orders.addOrderItem, Requests.addItem(bag, to: 2))
        #expect(try shop.document(Order.self, 2)?.items.last?.number == 1_001)
    }

    @Test func `a line that is added is checked as one that is placed`() throws {
        let shop = try shop()
        for (line, reason, field) in [
            (Requests.line(price: 1), "INVALID_DESCRIPTION", "line.description"),
            (Requests.line(), "PRICE_MISSING", "line.price_minor"),
            (Requests.line(5, 2, price: 5, unit: 3), "PRICE_MISMATCH", "line.price_minor"),
            (Requests.line(404), "UNKNOWN_PRODUCT", "line.product_id"),
            (Requests.line(404, price: 1), "UNKNOWN_PRODUCT", "line.product_id"),
        ] {
            let result = try shop.when(Orders.addOrderItem, Requests.addItem(line, to: 1))
            #expect(result.rejection?.reason == reason)
            #expect(result.rejection?.metadata["field"] == field)
        }
        #expect(try order(shop).version == 1)
    }

    @Test func `refunds never add up to more than was paid`() throws {
        let shop = try shop().given(Orders.payOrder, Requests.pay(1))
        for amount in [Int64.min, -1, 0, 1_000_000_000_000_001] {
            try shop.when(Orders.refundOrder, Requests.refund(1, amount))
                .thenRejected("AMOUNT_OUT_OF_RANGE", .invalidArgument)
        }
        try shop.when(Orders.refundOrder, Requests.refund(1, 960))
            .thenRejected("REFUND_TOO_LARGE", .failedPrecondition)
        let part = try shop.when(Orders.refundOrder, Requests.refund(1, 900, reason: "broken"))
        #expect(part.reply?.refundedMinor == 900)
        #expect(part.reply?.status == .paid)
        #expect(try order(shop).refundReason == "broken")
        let tooMuch = try shop.when(Orders.refundOrder, Requests.refund(1, 60))
            .thenRejected("REFUND_TOO_LARGE", .failedPrecondition)
        #expect(tooMuch.rejection?.metadata["left_minor"] == "59")
        try shop.given(Orders.shipOrder, Requests.ship(1))
        let whole = try shop.when(Orders.refundOrder, Requests.refund(1))
        #expect(whole.reply?.refundedMinor == 959)
        #expect(whole.reply?.status == .refunded)
        let order = try order(shop)
        #expect(order.refundedMinor == 959)
        #expect(order.totalMinor == 959)
        #expect(order.status == .refunded)
        #expect(order.refundReason.isEmpty)
        try shop.when(Orders.refundOrder, Requests.refund(1))
            .thenRejected("WRONG_ORDER_STATUS", .failedPrecondition)
    }

    @Test func `the last part of a refund makes it whole, as does all of nothing`() throws {
        let shop = try shop().given(Orders.payOrder, Requests.pay(1))
            .given(Orders.refundOrder, Requests.refund(1, 958))
        let last = try shop.when(Orders.refundOrder, Requests.refund(1, 1))
        #expect(last.reply?.status == .refunded)
        let free = Requests.line(price: 0, description: "SAMPLE")
        try shop.given(Orders.placeOrder, Requests.order(2, [free]))
            .given(Orders.payOrder, Requests.pay(2))
        #expect(try shop.when(Orders.refundOrder, Requests.refund(2)).reply?.status == .refunded)
    }

    @Test func `a reason is one line of at most 200 bytes, and stands in the document`() throws {
        let shop = try shop()
        for reason in [String(repeating: "a", count: 201), "a\nb", "\u{2028}"] {
            try shop.when(Orders.cancelOrder, Requests.cancel(1, reason: reason))
                .thenRejected("INVALID_REASON", .invalidArgument)
            try shop.when(Orders.refundOrder, Requests.refund(1, reason: reason))
                .thenRejected("INVALID_REASON", .invalidArgument)
        }
        try shop.given(Orders.cancelOrder, Requests.cancel(1, reason: "changed my mind"))
        #expect(try order(shop).cancelReason == "changed my mind")
    }
}
