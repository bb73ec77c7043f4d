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
            heldByteCount: \.heldByteCount
        ) { draft, db, log in try place(draft, db, &log) }
        On(Orders.placeOrders, each: Orders.placeOrder)

        step(Orders.payOrder, from: .placed, to: .paid, OrderPaid())
        step(Orders.shipOrder, from: .paid, to: .shipped, OrderShipped())
        step(Orders.deliverOrder, from: .shipped, to: .delivered, OrderDelivered())
        change(
            Orders.cancelOrder, from: [.placed, .paid], toBe: "cancelled",
            prepare: { (request) throws(Rejection) in try FieldRules.reason(request.reason) }
        ) { order, reason, db in
            order.status = .cancelled
            try db.catalogue.takeBackAll(of: order.id)
            return OrderCancelled.with { $0.reason = reason }
        }
        change(
            Orders.refundOrder, from: [.paid, .shipped, .delivered], toBe: "refunded",
            prepare: { (request) throws(Rejection) in
                (
                    amountMinor: !request.hasAmountMinor ? nil
                        : try Check.number(
                            request.amountMinor, in: 1...FieldRules.totalMinor.upperBound,
                            "amount_minor", or: "AMOUNT_OUT_OF_RANGE"),
                    reason: try FieldRules.reason(request.reason)
                )
            }
        ) { order, refund, db in
            let leftMinor = order.totalMinor - order.refundedMinor
            let amountMinor = refund.amountMinor ?? leftMinor
            guard amountMinor <= leftMinor else {
                throw Rejection.refused(
                    "REFUND_TOO_LARGE",
                    "\(leftMinor) of order \(order.id) is left to refund, not \(amountMinor)",
                    metadata: [
                        "order_id": "\(order.id)", "field": "amount_minor",
                        "value": "\(amountMinor)", "left_minor": "\(leftMinor)",
                    ])
            }
            order.refundedMinor += amountMinor
            let isWhole = amountMinor == leftMinor
            if isWhole {
                // What was shipped is elsewhere: it is restocked if it comes back.
                if order.status == .paid { try db.catalogue.takeBackAll(of: order.id) }
                order.status = .refunded
            }
            return OrderRefunded.with {
                $0.amountMinor = amountMinor
                $0.reason = refund.reason
                $0.isWhole = isWhole
            }
        }

        change(
            Orders.addOrderItem,
            prepare: { (request) throws(Rejection) in try DraftLine(request.line, at: "line") }
        ) { order, draft, db in
            guard try order.lastItem < .max
                && db.itemCount(order.id) ?? 0 < FieldRules.lineCount.upperBound
            else {
                throw Rejection.refused(
                    "TOO_MANY_ITEMS",
                    "order \(order.id) has \(FieldRules.lineCount.upperBound) items, and no more",
                    metadata: ["order_id": "\(order.id)"])
            }
            let line = try draft.complete(in: order.currency, from: db.catalogue, at: "line")
            order.lastItem += 1
            order.addedItem = order.lastItem
            order.totalMinor += line.placed.priceMinor
            try db.insert(line, order.lastItem, of: order.id, at: "line")
            return OrderItemAdded.with {
                $0.item = order.addedItem
                $0.line = line.placed
            }
        }
        change(
            Orders.changeItemQuantity,
            prepare: { (request) throws(Rejection) in
                (
                    item: request.item,
                    quantity: try Check.number(
                        request.quantity, in: 1...FieldRules.quantity.upperBound, "quantity",
                        or: "QUANTITY_OUT_OF_RANGE"),
                    own: !request.hasPriceMinor ? nil
                        : try FieldRules.price(request.priceMinor, "price_minor")
                )
            }
        ) { order, change, db in
            let item = try db.itemRow(change.item, of: order)
            let price = try FieldRules.linePrice(
                unitMinor: item.unitPriceMinor, times: change.quantity, own: change.own,
                what: "the item's unit price", "price_minor")
            guard let priceMinor = price else {
                throw Rejection.invalid(
                    "price_minor", "item \(change.item) has no unit price, so it needs price_minor",
                    reason: "PRICE_MISSING")
            }
            try db.catalogue.give(
                Int64(change.quantity) - Int64(item.quantity), ofItem: item.productID)
            try db.setItem(change.quantity, priceMinor, order.id, change.item)
            order.totalMinor += priceMinor - item.priceMinor
            return OrderItemQuantityChanged.with {
                $0.item = change.item
                $0.quantity = change.quantity
                $0.priceMinor = priceMinor
            }
        }
        change(Orders.removeOrderItem, prepare: { $0.item }) { order, number, db in
            let item = try db.itemRow(number, of: order)
            guard try db.itemCount(order.id) ?? 0 > 1 else {
                throw Rejection.refused(
                    "LAST_ITEM", "order \(order.id) keeps its last item: CancelOrder is for that",
                    metadata: ["order_id": "\(order.id)", "item": "\(number)"])
            }
            try db.deleteItem(order.id, number)
            try db.catalogue.give(-Int64(item.quantity), ofItem: item.productID)
            order.totalMinor -= item.priceMinor
            return OrderItemRemoved.with { $0.item = number }
        }
    }

    private static func place(
        _ draft: OrderDraft, _ db: OrdersTables, _ log: inout EventLog
    ) throws -> OrderReply {
        let id = try db.ids.take(draft.orderID, of: "order")
        var lines = draft.lines
        if try draft.linesPayload == nil || db.catalogue.hasLimits() {
            // Before its lines: an order that is there has taken its units already.
            if try draft.orderID != nil && db.catalogue.hasLimits(), try db.order(id) != nil {
                throw Rejection.exists("order", id)
            }
            lines = try lines.enumerated().map { index, line in
                try line.complete(in: draft.currency, from: db.catalogue, at: "lines[\(index)]")
            }
        }
        // At most 1,000 lines of at most 10^12 each: no overflow (FieldRules).
        let totalMinor = lines.reduce(0) { $0 + $1.placed.priceMinor }
        let createdAt = draft.createdAt ?? log.now.microseconds
        let attempt = try db.insertOrder.attempt(
            id, draft.userID, OrderStatus.placed, draft.currency, totalMinor, createdAt,
            lines.count)
        switch attempt {
        case .done: break
        case .taken: throw Rejection.exists("order", id)
        case .missing: throw Rejection.notFound("user", draft.userID)
        }
        for (index, line) in lines.enumerated() {
            try db.insert(line, UInt32(index + 1), of: id, at: "lines[\(index)]")
        }
        try log.begin(
            OrderPlaced.self, payload: draft.payload(id: id, createdAt: createdAt, lines: lines),
            in: "order-\(id)")
        return OrderRow(
            id: id, currency: draft.currency, status: .placed, totalMinor: totalMinor,
            refundedMinor: 0, lastItem: UInt32(lines.count)
        ).reply(version: 1)
    }

    /// A step of an order's life that changes its status and nothing else.
    private static func step<Request: OrderChange>(
        _ method: Command<Request, OrderReply>, from status: OrderStatus, to next: OrderStatus,
        _ event: some OrderEvent
    ) -> On<OrdersTables> {
        change(method, from: [status], toBe: "\(next)", prepare: { _ in () }) { order, _, _ in
            order.status = next
            return event
        }
    }

    /// A change of an order, if it is in one of some statuses: what a placed order holds, if not
    /// said otherwise.
    private static func change<Request: OrderChange, Details: Sendable, Change: OrderEvent>(
        _ method: Command<Request, OrderReply>, from statuses: [OrderStatus] = [.placed],
        toBe goal: String = "changed",
        prepare: @escaping @Sendable (Request) throws(Rejection) -> Details,
        handler:
            @escaping @Sendable (inout OrderRow, Details, OrdersTables) throws -> Change
    ) -> On<OrdersTables> {
        changing(method, prepare: prepare) { (order: inout OrderRow, details, db) -> Change? in
            try order.require(statuses, toBe: goal)
            let event = try handler(&order, details, db)
            try db.setOrder(
                order.status, order.totalMinor, order.refundedMinor, order.lastItem, order.id)
            return event
        }
    }
}
