import DocumentStore
import OrdersEvents
import OrdersMessages
import Projection
import SwiftProtobuf
import TandemCore
import Testing

struct OrdersReducerTests {
    @Test func `an order's document holds its user's and its products' names`() throws {
        let side = ReadSide()
        try side.register(1, email: "ann@example.org", name: "Ann")
        try side.add(product: 7, name: "Oat milk 1 L")
        try side.tell(
            "OrderPlaced",
            Tandem_Orders_Events_V1_OrderPlaced.with {
                $0.orderID = 5
                $0.userID = 1
                $0.currency = "USD"
                $0.createdAtUs = 1_483_271_600_000_000
                $0.lines = [
                    .with {
                        $0.productID = 7
                        $0.quantity = 3
                        $0.priceMinor = 597
                        $0.unitPriceMinor = 199
                    },
                    .with {
                        $0.description_p = "Bottle deposit"
                        $0.priceMinor = 25
                    },
                ]
            })
        try side.catchUp()
        let expected = Tandem_Orders_V1_Order.with {
            $0.orderID = 5
            $0.userID = 1
            $0.userEmail = "ann@example.org"
            $0.userName = "Ann"
            $0.status = .placed
            $0.totalMinor = 622
            $0.currency = "USD"
            $0.createdAtUs = 1_483_271_600_000_000
            $0.items = [
                .with {
                    $0.productID = 7
                    $0.productName = "Oat milk 1 L"
                    $0.quantity = 3
                    $0.priceMinor = 597
                    $0.unitPriceMinor = 199
                    $0.number = 1
                },
                .with {
                    $0.productName = "Bottle deposit"
                    $0.priceMinor = 25
                    $0.number = 2
                },
            ]
            $0.version = 3
        }
        #expect(try side.order(5) == expected)
    }

    @Test func `a user's document says when the user registered`() throws {
        let side = ReadSide()
        try side.register(9, email: "a@b", name: "A")
        try side.catchUp()
        let expected = Tandem_Orders_V1_User.with {
            $0.userID = 9
            $0.email = "a@b"
            $0.name = "A"
            $0.registeredAtUs = 1
            $0.version = 1
        }
        #expect(try side.user(9) == expected)
    }

    @Test(arguments: [1, 1_000])
    func `a new e-mail and a new name reach all of a user's orders and no other's`(
        eventCountMax: Int
    ) throws {
        let side = ReadSide()
        try side.register(1)
        try side.register(2)
        for id in 1...40 as ClosedRange<UInt64> { try side.place(id, user: 1 + id % 2) }
        try side.changeEmail(1, to: "new@example.org")
        try side.place(41, user: 1)
        try side.rename(1, to: "Anna")
        try side.catchUp(eventCountMax: eventCountMax)
        #expect(try side.user(1)?.email == "new@example.org")
        #expect(try side.user(1)?.name == "Anna")
        for id in 1...41 as ClosedRange<UInt64> {
            let order = try side.order(id)
            let isTheirs = id == 41 || id % 2 == 0
            #expect(order?.userID == (isTheirs ? 1 : 2))
            #expect(order?.userEmail == (isTheirs ? "new@example.org" : "user-2@example.org"))
            #expect(order?.userName == (isTheirs ? "Anna" : "User 2"))
        }
    }

    @Test func `a new price changes the product and no order`() throws {
        let side = ReadSide()
        try side.register(1)
        try side.add(product: 3, priceMinor: 250)
        try side.place(1, user: 1, products: [3], priceMinor: 250)
        try side.changePrice(product: 3, to: 300)
        try side.catchUp()
        #expect(try side.product(3)?.priceMinor == 300)
        #expect(try side.order(1)?.totalMinor == 250)
    }

    @Test func `an order goes through its statuses`() throws {
        let side = ReadSide()
        try side.register(1)
        try side.place(1, user: 1)
        try side.place(2, user: 1)
        try side.catchUp()
        #expect(try side.order(1)?.status == .placed)
        let steps: [(Tandem_Orders_V1_OrderStatus, (UInt64) throws -> Void)] = [
            (.paid, side.pay), (.shipped, side.ship), (.delivered, side.deliver),
        ]
        for (status, step) in steps {
            try step(1)
            try side.catchUp()
            #expect(try side.order(1)?.status == status)
        }
        try side.cancel(2)
        try side.catchUp()
        #expect(try side.order(2)?.status == .cancelled)
    }

    @Test func `an unknown type of event stops the projection and is named`() throws {
        let side = ReadSide()
        try side.tell("OrderForgotten", Tandem_Orders_Events_V1_OrderPaid())
        let error = #expect(throws: ProjectionError.self) { try side.catchUp() }
        #expect(
            error
                == .reduction(
                    .unknownEventType, position: LogPosition(rawValue: 1),
                    stream: StreamID(rawValue: "test"), type: "OrderForgotten"))
    }

    @Test func `an order of an unknown product or user stops the projection`() throws {
        let side = ReadSide()
        try side.register(1)
        try side.place(1, user: 1, products: [99])
        let error = #expect(throws: ProjectionError.self) { try side.catchUp() }
        #expect(
            error?.description == """
                the event at position 2 (OrderPlaced, stream test) can't be projected: it needs \
                the document 0000000000000063 of products, which does not exist
                """)
        let other = ReadSide()
        try other.place(1, user: 8)
        #expect(
            throws: ProjectionError.reduction(
                .missingDocument(collection: "users", key: DocumentKey(8)),
                position: LogPosition(rawValue: 1), stream: StreamID(rawValue: "test"),
                type: "OrderPlaced")
        ) { try other.catchUp() }
    }

    @Test func `a payload that is not its type's stops the projection`() throws {
        let side = ReadSide()
        try side.tell(
            "OrderPaid", Tandem_Orders_Events_V1_UserRenamed.with { $0.name = "no order id" })
        // Decodes, as protobuf does with unknown fields, but names order 0.
        #expect(throws: ProjectionError.self) { try side.catchUp() }
    }

    @Test func `prices that add up to more than fits stop the projection`() throws {
        let side = ReadSide()
        try side.register(1)
        try side.add(product: 1)
        try side.place(1, user: 1, products: [1, 1], priceMinor: .max)
        let error = #expect(throws: ProjectionError.self) { try side.catchUp() }
        guard case .reduction(.contradiction, _, _, _) = error else {
            Issue.record("not a contradiction: \(String(describing: error))")
            return
        }
    }
}
