import OrdersMessages
import SwiftProtobuf
import TandemCore
import TandemDomain
import TandemTestKit
import Testing

@testable import Orders

/// What a caller has seen of a thing, and what has become of it since.
@Suite struct VersionTests {
    private func shop() throws -> TestDomain<OrdersDomain> {
        try TestDomain(OrdersDomain())
            .given(Orders.registerUser, Requests.user(1, "ann@x"))
            .given(Orders.addProduct, Requests.product(5, 250, stock: 100))
            .given(Orders.placeOrder, Requests.order(7, [Requests.line(5, 2), Requests.line(5)]))
    }

    /// Sends it with a version that was, one that isn't yet, and the one that is.
    private func expectOnly<Request: Message, Reply: Message>(
        _ version: UInt64, _ method: Command<Request, Reply>, _ request: Request,
        on shop: TestDomain<OrdersDomain>, _ set: (inout Request, UInt64) -> Void
    ) throws {
        var request = request
        for wrong in [version - 1, version + 1, 0, .max] {
            set(&request, wrong)
            let result = try shop.when(method, request)
                .thenRejected("VERSION_CONFLICT", .aborted)
            #expect(result.rejection?.metadata["expected_version"] == "\(wrong)")
            #expect(result.rejection?.metadata["actual_version"] == "\(version)")
            #expect(result.events.isEmpty)
        }
        set(&request, version)
        let result = try shop.when(method, request)
        #expect(result.rejection == nil)
        #expect(result.events.count == 1)
    }

    @Test func `each command about one thing minds the version that its caller expects`() throws {
        let shop = try shop()
        try expectOnly(1, Orders.changeUserEmail, Requests.email(1, "b@x"), on: shop) {
            $0.expectedVersion = $1
        }
        try expectOnly(2, Orders.renameUser, Requests.rename(1, "Bea"), on: shop) {
            $0.expectedVersion = $1
        }
        try expectOnly(1, Orders.changeProductPrice, Requests.price(5, 300), on: shop) {
            $0.expectedVersion = $1
        }
        try expectOnly(2, Orders.restockProduct, Requests.restock(5, 3), on: shop) {
            $0.expectedVersion = $1
        }
        let bag = Requests.line(price: 10, description: "BAG")
        try expectOnly(1, Orders.addOrderItem, Requests.addItem(bag, to: 7), on: shop) {
            $0.expectedVersion = $1
        }
        try expectOnly(2, Orders.changeItemQuantity, Requests.quantity(3, of: 1, in: 7), on: shop) {
            $0.expectedVersion = $1
        }
        try expectOnly(3, Orders.removeOrderItem, Requests.removeItem(2, 7), on: shop) {
            $0.expectedVersion = $1
        }
        try expectOnly(4, Orders.payOrder, Requests.pay(7), on: shop) { $0.expectedVersion = $1 }
        try expectOnly(5, Orders.shipOrder, Requests.ship(7), on: shop) { $0.expectedVersion = $1 }
        try expectOnly(6, Orders.deliverOrder, Requests.deliver(7), on: shop) {
            $0.expectedVersion = $1
        }
        try expectOnly(7, Orders.refundOrder, Requests.refund(7), on: shop) {
            $0.expectedVersion = $1
        }
        try shop.given(Orders.placeOrder, Requests.order(8, [bag]))
        try expectOnly(1, Orders.cancelOrder, Requests.cancel(8), on: shop) {
            $0.expectedVersion = $1
        }
        try expectOnly(3, Orders.retireProduct, Requests.retire(5), on: shop) {
            $0.expectedVersion = $1
        }
    }

    @Test func `replies and documents say the version that a caller may expect`() throws {
        let shop = try shop()
        let paid = try shop.when(Orders.payOrder, Requests.pay(7))
        #expect(paid.reply?.version == 2)
        #expect(try shop.document(Order.self, 7)?.version == 2)
        let renamed = try shop.when(Orders.renameUser, Requests.rename(1, "Bea"))
        #expect(renamed.reply?.version == 2)
        #expect(try shop.document(User.self, 1)?.version == 2)
        // A name that the user has makes no event, and no version.
        #expect(try shop.when(Orders.renameUser, Requests.rename(1, "Bea")).reply?.version == 2)
        let order = try #require(try shop.document(Order.self, 7))
        #expect(order.userName == "Bea")
        #expect(order.version == 2, "its user's name is not a change of the order")
        let priced = try shop.when(Orders.changeProductPrice, Requests.price(5, 1))
        #expect(priced.reply?.version == 2)
        #expect(priced.reply?.stock == 97)
        let product = try #require(try shop.document(Product.self, 5))
        #expect(product.version == 2)
        #expect(product.stock == 97)
    }

    @Test func `an unknown thing is unknown, whatever version is expected`() throws {
        var pay = Requests.pay(99)
        pay.expectedVersion = 0
        try shop().when(Orders.payOrder, pay).thenRejected("UNKNOWN_ORDER", .notFound)
    }
}
