import OrdersMessages
import SwiftProtobuf
import TandemCore
import Testing
import WriteStore

@testable import Orders

@Suite struct OrderLifeTests {
    private enum Step: CaseIterable {
        case pay, ship, deliver, cancel
    }

    private func send(
        _ step: Step, _ id: UInt64, to shop: OrdersHarness
    ) throws -> Result<[UInt8], Rejection> {
        switch step {
        case .pay: try shop.send("PayOrder", Requests.pay(id)).result
        case .ship: try shop.send("ShipOrder", Requests.ship(id)).result
        case .deliver: try shop.send("DeliverOrder", Requests.deliver(id)).result
        case .cancel: try shop.send("CancelOrder", Requests.cancel(id)).result
        }
    }

    @Test func `each status allows its own steps and no others`() throws {
        let shop = try OrdersHarness()
        _ = try shop.send("RegisterUser", Requests.user(1, "ann@x"))
        let paths: [(taken: [Step], allowed: Set<Step>, status: String)] = [
            ([], [.pay, .cancel], "placed"),
            ([.pay], [.ship, .cancel], "paid"),
            ([.pay, .ship], [.deliver], "shipped"),
            ([.pay, .ship, .deliver], [], "delivered"),
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
                case .failure(let rejection):
                    #expect(!path.allowed.contains(step), "\(step) of a \(path.status) order")
                    #expect(rejection.reason == "WRONG_ORDER_STATUS")
                    #expect(rejection.code == .failedPrecondition)
                    #expect(rejection.metadata["status"] == path.status)
                }
            }
        }
        // The tables' versions are the streams'.
        #expect(
            try shop.rows("SELECT 'order-' || id, version FROM orders ORDER BY id")
                == shop.rows(
                    """
                    SELECT stream, max(version) FROM events WHERE stream LIKE 'order-%'
                    GROUP BY stream ORDER BY min(position)
                    """))
    }
}
