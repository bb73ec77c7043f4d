import OrdersEvents
import OrdersMessages
import Tandem

/// An order as its row has it, and as a command changes it.
struct OrderRow: Row {
    static let kind = "order"
    let id: Int64
    let currency: String
    var status: OrderStatus
    var totalMinor: Int64
    /// Of all refunds.
    var refundedMinor: Int64
    /// The last number that an item was given.
    var lastItem: UInt32
    /// The item that this command has added; 0: none.
    var addedItem: UInt32 = 0

    /// Nothing of it if it isn't in one of these statuses.
    ///
    /// - Parameter goal: what it can't be otherwise, as `paid`.
    func require(_ statuses: [OrderStatus], toBe goal: String) throws(Rejection) {
        guard !statuses.contains(status) else { return }
        let needed = statuses.map { "\($0)" }.joined(separator: " or ")
        throw .refused(
            "WRONG_ORDER_STATUS",
            "order \(id) is \(status); to be \(goal) it must be \(needed)",
            metadata: ["order_id": "\(id)", "status": "\(status)", "needed": needed])
    }

    static func find(_ id: Int64, _ db: OrdersTables) throws -> Self? {
        guard let (status, totalMinor, refundedMinor, currency, lastItem) = try db.order(id) else {
            return nil
        }
        guard status != .unspecified, FieldRules.totalMinor.contains(totalMinor),
            (0...totalMinor).contains(refundedMinor)
        else {
            throw StorageError.damagedRow(
                """
                orders WHERE id = \(id): status is \(status.rawValue), total_minor \(totalMinor), \
                refunded_minor \(refundedMinor), last_item \(lastItem)
                """)
        }
        return OrderRow(
            id: id, currency: currency, status: status, totalMinor: totalMinor,
            refundedMinor: refundedMinor, lastItem: lastItem)
    }

    func reply(version: UInt64) -> OrderReply {
        .with {
            $0.orderID = UInt64(id)
            $0.status = status
            $0.totalMinor = totalMinor
            $0.refundedMinor = refundedMinor
            $0.currency = currency
            $0.version = version
            $0.item = addedItem
        }
    }
}

extension OrdersTables {
    func itemRow(_ number: UInt32, of order: OrderRow) throws
        -> (productID: Int64?, quantity: UInt32, priceMinor: Int64, unitPriceMinor: Int64?)
    {
        guard let (productID, quantity, priceMinor, unitMinor) = try item(order.id, number) else {
            throw Rejection(
                .notFound, reason: "UNKNOWN_ITEM",
                message: "order \(order.id) has no item \(number)",
                metadata: ["order_id": "\(order.id)", "item": "\(number)", "field": "item"])
        }
        guard FieldRules.quantity.contains(quantity), (0...order.totalMinor).contains(priceMinor),
            FieldRules.priceMinor.contains(unitMinor ?? 0)
        else {
            throw StorageError.damagedRow(
                """
                order_items of order \(order.id), number \(number): quantity is \(quantity), \
                price_minor \(priceMinor)
                """)
        }
        return (productID, quantity, priceMinor, unitMinor)
    }

    /// Lets the foreign key find an unknown product: it looks anyway, and a SELECT before each line
    /// would look twice.
    func insert(
        _ line: DraftLine, _ number: UInt32, of order: Int64, at path: @autoclosure () -> String
    ) throws {
        let (placed, productID) = (line.placed, line.productID)
        let attempt = try insertItem.attempt(
            order, number, productID, productID == nil ? placed.description_p : nil,
            placed.quantity, placed.priceMinor,
            placed.hasUnitPriceMinor ? placed.unitPriceMinor : nil)
        guard attempt != .done else { return }
        guard attempt == .missing, let productID else {
            throw StorageError.damagedRow("order_items: there is a line of order \(order) already")
        }
        throw Rejection.notFound("product", productID, field: "\(path()).product_id")
    }
}
