import OrdersEvents
import OrdersMessages
import Tandem

/// The commands on orders.
enum OrderCommands {
    @CommandsBuilder<OrdersTables> static var all: [On<OrdersTables>] {
        On(
            // 1,000 lines of 200 bytes of text, and what stands around each.
            Orders.placeOrder, requestByteCountMax: 256 << 10,
            prepare: { (request) throws(Rejection) in try OrderDraft(request) },
            heldByteCount: { $0.heldByteCount }
        ) { draft, db, log in
            let id = try db.ids.take(draft.orderID, of: "order")
            let order = try PricedOrder(draft, price: db.cataloguePrice)
            let createdAt = draft.createdAt ?? log.now.microseconds
            try insert(order, id: id, createdAt: createdAt, into: db)
            let payload =
                OrderPlacedPayload.header(order, id: id, createdAt: createdAt)
                + (draft.linesPayload ?? OrderPlacedPayload.lines(order.lines))
            try log.begin(
                Tandem_Orders_Events_V1_OrderPlaced.self, payload: payload, in: "order-\(id)")
            return reply(id, .placed, order.totalMinor, order.currency)
        }

        step(Orders.payOrder, .pay, \.orderID) { id in
            Tandem_Orders_Events_V1_OrderPaid.with { $0.orderID = id }
        }
        step(Orders.shipOrder, .ship, \.orderID) { id in
            Tandem_Orders_Events_V1_OrderShipped.with { $0.orderID = id }
        }
        step(Orders.deliverOrder, .deliver, \.orderID) { id in
            Tandem_Orders_Events_V1_OrderDelivered.with { $0.orderID = id }
        }
        step(Orders.cancelOrder, .cancel, \.orderID) { id in
            Tandem_Orders_Events_V1_OrderCancelled.with { $0.orderID = id }
        }
    }

    /// A step of an order's life, and the event that it makes.
    private static func step<Request: Message, Step: Event>(
        _ method: Command<Request, Tandem_Orders_V1_OrderReply>, _ step: OrderStep,
        _ id: Field<Request, UInt64>, event: @escaping @Sendable (UInt64) -> Step
    ) -> On<OrdersTables> {
        On(method, prepare: { (request) throws(Rejection) in
            try FieldRules.id(request[keyPath: id], "order_id")
        }) { id, db, log in
            guard let (status, totalMinor, currency) = try db.order(id) else {
                throw Rejection.unknown("order", id)
            }
            guard status != .unspecified, totalMinor >= 0 else {
                throw StorageError.damagedRow(
                    """
                    orders WHERE id = \(id): status is \(status.rawValue), total_minor is \
                    \(totalMinor)
                    """)
            }
            let next = try step.applied(to: status, of: id)
            try db.setStatus(next, id)
            try log.append(event(UInt64(id)))
            return reply(id, next, totalMinor, currency)
        }
    }

    /// Lets the foreign keys find unknown users and products: they look anyway, and a SELECT
    /// before each line would look twice.
    private static func insert(
        _ order: PricedOrder, id: Int64, createdAt: Int64, into db: OrdersTables
    ) throws {
        let attempt = try db.insertOrder.attempt(
            id, order.userID, Tandem_Orders_V1_OrderStatus.placed, order.currency,
            order.totalMinor, createdAt)
        switch attempt {
        case .done: break
        case .taken: throw Rejection.exists("order", id)
        case .missing: throw Rejection.unknown("user", order.userID, field: "user_id")
        }
        for (index, line) in order.lines.enumerated() {
            let attempt = try db.insertItem.attempt(
                id, index, line.productID, line.productID == nil ? line.description : nil,
                line.quantity, line.priceMinor)
            guard attempt != .done else { continue }
            guard attempt == .missing, let productID = line.productID else {
                throw StorageError.damagedRow("order_items: there is a line of order \(id) already")
            }
            throw Rejection.unknown("product", productID, field: "lines[\(index)].product_id")
        }
    }

    private static func reply(
        _ id: Int64, _ status: Tandem_Orders_V1_OrderStatus, _ totalMinor: Int64,
        _ currency: String
    ) -> Tandem_Orders_V1_OrderReply {
        .with {
            $0.orderID = UInt64(id)
            $0.status = status
            $0.totalMinor = totalMinor
            $0.currency = currency
        }
    }
}
