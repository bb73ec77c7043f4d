import OrdersClient
import TandemClient
import TandemCore
import Testing

/// The shop's commands, sent to servers by its client.
struct ShopCommandsTests {
    @Test func `what lost to another command is told at once, with its version`() async throws {
        try await Shop.withShop { shop in
            let client = shop.client
            let order = try await shop.placeOrder()
            #expect(order.version == 1)
            let bag = NewOrder.Line.other("Bag", quantity: 2, unitPriceMinorUnits: 10)
            let added = try await client.addItem(bag, to: order.id, expectedVersion: 1)
            #expect(added.item == 2)
            // Repeated by itself, it would take until the timeout, and then say something else.
            let error = await #expect(throws: TandemError.self) {
                try await client.payOrder(
                    order.id, expectedVersion: 1, options: CallOptions(timeout: .seconds(600)))
            }
            #expect(error?.code == .aborted)
            #expect(error?.reason == "VERSION_CONFLICT")
            #expect(error?.metadata["actual_version"] == "2")
            let seen = try await client.order(order.id)
            #expect(seen.version == 2)
            #expect(seen.items.map(\.unitPrice?.minorUnits) == [250, 10])
            _ = try await client.payOrder(order.id, expectedVersion: seen.version)
        }
    }

    @Test func `an order's life with stock, changes and refunds, as it is shown`() async throws {
        try await Shop.withShop { shop in
            let client = shop.client
            let price = Money(minorUnits: 300, currency: "EUR")
            let user = try await client.registerUser(NewUser(email: "a@x", name: "Ann")).id
            let product = try await client.addProduct(
                NewProduct(name: "Print", price: price, stock: 5)).id
            func stock() async throws -> Int64? { try await client.product(product).stock }
            func place(_ quantity: UInt32) async throws -> OrderID {
                try await client.placeOrder(
                    NewOrder(
                        userID: user, currency: "EUR",
                        lines: [.product(product, quantity: quantity)])
                ).id
            }
            let first = try await place(3)
            let error = await #expect(throws: TandemError.self) { try await place(3) }
            #expect(error?.reason == "OUT_OF_STOCK")
            #expect(error?.metadata["left"] == "2")
            _ = try await client.changeQuantity(ofItem: 1, of: first, to: 2)
            #expect(try await stock() == 3)
            let second = try await place(3)
            _ = try await client.cancelOrder(second, reason: "ordered twice")
            #expect(try await client.order(second).cancelReason == "ordered twice")
            #expect(try await stock() == 3)
            _ = try await client.payOrder(first)
            let part = try await client.refundOrder(first, amountMinorUnits: 100, reason: "late")
            #expect(part.refunded.minorUnits == 100)
            let whole = try await client.refundOrder(first)
            #expect(whole.status == .refunded)
            let shown = try await client.order(first)
            #expect(shown.refunded == shown.total)
            #expect(try await stock() == 5)
            #expect(try await client.restockProduct(product, units: 2).stock == 7)
            _ = try await client.retireProduct(product)
            #expect(try await client.product(product).isRetired)
            let retired = await #expect(throws: TandemError.self) { try await place(1) }
            #expect(retired?.reason == "PRODUCT_RETIRED")
        }
    }
}
