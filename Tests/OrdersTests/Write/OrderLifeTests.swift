import OrdersMessages
import SwiftProtobuf
import TandemCore
import Testing
import WriteStore

@testable import Orders

@Suite struct OrderLifeTests {
    private enum Step: CaseIterable {
        case pay, ship, deliver, cancel, refund, add
    }

    private static let bag = Requests.line(price: 0, description: "BAG")

    private func send(
        _ step: Step, _ id: UInt64, to shop: OrdersHarness
    ) throws -> Result<[UInt8], Rejection> {
        switch step {
        case .pay: try shop.send("PayOrder", Requests.pay(id)).result
        case .ship: try shop.send("ShipOrder", Requests.ship(id)).result
        case .deliver: try shop.send("DeliverOrder", Requests.deliver(id)).result
        case .cancel: try shop.send("CancelOrder", Requests.cancel(id)).result
        case .refund: try shop.send("RefundOrder", Requests.refund(id)).result
        case .add:
            try shop.send("AddOrderItem", Requests.addItem(Self.bag, to: id)).result
        }
    }

    @Test func `each status allows its own steps and no others`() throws {
        let shop = try OrdersHarness()
        _ = try shop.send("RegisterUser", Requests.user(1, "ann@x"))
        let paths: [(taken: [Step], allowed: Set<Step>, status: String)] = [
            ([], [.pay, .cancel, .add], "placed"),
            ([.add], [.pay, .cancel, .add], "placed"),
            ([.pay], [.ship, .cancel, .refund], "paid"),
            ([.pay, .ship], [.deliver, .refund], "shipped"),
            ([.pay, .ship, .deliver], [.refund], "delivered"),
            ([.pay, .refund], [], "refunded"),
            ([.pay, .ship, .refund], [], "refunded"),
            ([.cancel], [], "cancelled"),
            ([.pay, .cancel], [], "cancelled"),
        ]
        var id: UInt64 = 0
        for path in paths {
            for step in Step.allCases {
                id += 1
                _ = try shop.send(
                    "PlaceOrder",
                    Requests.order(id, [Requests.line(price: 5, description: "TEA")]))
                for taken in path.taken { _ = try send(taken, id, to: shop).get() }
                switch try send(step, id, to: shop) {
                case .success(let bytes):
                    #expect(path.allowed.contains(step), "\(step) of a \(path.status) order")
                    let reply = try Tandem_Orders_V1_OrderReply(serializedBytes: bytes)
                    #expect(reply.orderID == id)
                    #expect(reply.totalMinor == 5)
                    #expect(reply.version == UInt64(path.taken.count) + 2)
                case .failure(let rejection):
                    #expect(!path.allowed.contains(step), "\(step) of a \(path.status) order")
                    #expect(rejection.reason == "WRONG_ORDER_STATUS")
                    #expect(rejection.code == .failedPrecondition)
                    #expect(rejection.metadata["status"] == path.status)
                }
            }
        }
    }
}
