internal import EventModel
internal import EventStore
internal import OrdersEvents
internal import OrdersMessages
internal import SwiftProtobuf

/// The commands on orders.
enum OrderCommands {
    typealias Reply = Tandem_Orders_V1_OrderReply

    /// A checked step of an order's life.
    struct Advance: Sendable {
        let step: OrderStep
        let orderID: Int64

        init(_ step: OrderStep, _ orderID: UInt64) throws(Rejection) {
            self.step = step
            self.orderID = try FieldRules.id(orderID, "order_id")
        }
    }

    @Sendable static func payment(
        _ request: Tandem_Orders_V1_PayOrderRequest
    ) throws(Rejection) -> Advance {
        try Advance(.pay, request.orderID)
    }

    @Sendable static func shipment(
        _ request: Tandem_Orders_V1_ShipOrderRequest
    ) throws(Rejection) -> Advance {
        try Advance(.ship, request.orderID)
    }

    @Sendable static func delivery(
        _ request: Tandem_Orders_V1_DeliverOrderRequest
    ) throws(Rejection) -> Advance {
        try Advance(.deliver, request.orderID)
    }

    @Sendable static func cancellation(
        _ request: Tandem_Orders_V1_CancelOrderRequest
    ) throws(Rejection) -> Advance {
        try Advance(.cancel, request.orderID)
    }

    @Sendable static func place(
        _ draft: OrderDraft, _ model: OrdersWriteModel, _ transaction: inout CommandTransaction
    ) throws(CommandFailure) -> Reply {
        let id = try model.ids.take(draft.orderID, of: .order)
        let order = try PricedOrder(draft) { productID throws(CommandFailure) in
            try cataloguePrice(of: productID, model)
        }
        let createdAt = draft.createdAt ?? transaction.now.microseconds
        try insert(order, id: id, createdAt: createdAt, into: model.orders)
        let payload =
            OrderPlacedPayload.header(order, id: id, createdAt: createdAt)
            + (draft.linesPayload ?? OrderPlacedPayload.lines(order.lines))
        try transaction.appendFirst(.orderPlaced, payload: payload, to: "order", id)
        return reply(id, .placed, order.totalMinor, order.currency)
    }

    @Sendable static func advance(
        _ command: Advance, _ model: OrdersWriteModel, _ transaction: inout CommandTransaction
    ) throws(CommandFailure) -> Reply {
        let id = command.orderID
        let order: OrderTable.Row?
        do { order = try model.orders.row(id) } catch { throw .storage(error) }
        guard let order else { throw .rejected(.unknown("order", id)) }
        let status: Tandem_Orders_V1_OrderStatus
        do { status = try command.step.applied(to: order.status, of: id) } catch {
            throw .rejected(error)
        }
        try CommandFailure.onStorageError { () throws(StorageError) in
            try model.orders.setStatus(status, of: id)
        }
        try append(command.step, id, to: &transaction)
        return reply(id, status, order.totalMinor, order.currency)
    }

    private static func cataloguePrice(
        of productID: Int64, _ model: OrdersWriteModel
    ) throws(CommandFailure) -> CataloguePrice? {
        do { return try model.products.price(of: productID) } catch { throw .storage(error) }
    }

    /// Lets the foreign keys find unknown users and products: they look anyway, and a SELECT
    /// before each line would look twice.
    private static func insert(
        _ order: PricedOrder, id: Int64, createdAt: Int64, into orders: OrderTable
    ) throws(CommandFailure) {
        do {
            try orders.insert(order, id: id, createdAt: createdAt)
        } catch {
            switch error.kind {
            case .uniqueViolation: throw .rejected(.exists("order", id))
            case .foreignKeyViolation:
                throw .rejected(.unknown("user", order.userID, field: "user_id"))
            case .otherConstraint, .damagedRow, .diskFull, .busy, .unusable, .other:
                throw .storage(error)
            }
        }
        for (index, line) in order.lines.enumerated() {
            do {
                try orders.insert(line, line: index, of: id)
            } catch {
                guard error.kind == .foreignKeyViolation, let productID = line.productID else {
                    throw .storage(error)
                }
                let field = "lines[\(index)].product_id"
                throw .rejected(.unknown("product", productID, field: field))
            }
        }
    }

    private static func append(
        _ step: OrderStep, _ id: Int64, to transaction: inout CommandTransaction
    ) throws(CommandFailure) {
        let orderID = UInt64(id)
        let type = step.eventType
        switch step {
        case .pay:
            let event = Tandem_Orders_Events_V1_OrderPaid.with { $0.orderID = orderID }
            try transaction.append(type, event, to: "order", id)
        case .ship:
            let event = Tandem_Orders_Events_V1_OrderShipped.with { $0.orderID = orderID }
            try transaction.append(type, event, to: "order", id)
        case .deliver:
            let event = Tandem_Orders_Events_V1_OrderDelivered.with { $0.orderID = orderID }
            try transaction.append(type, event, to: "order", id)
        case .cancel:
            let event = Tandem_Orders_Events_V1_OrderCancelled.with { $0.orderID = orderID }
            try transaction.append(type, event, to: "order", id)
        }
    }

    private static func reply(
        _ id: Int64, _ status: Tandem_Orders_V1_OrderStatus, _ totalMinor: Int64,
        _ currency: String
    ) -> Reply {
        Reply.with {
            $0.orderID = UInt64(id)
            $0.status = status
            $0.totalMinor = totalMinor
            $0.currency = currency
        }
    }
}
