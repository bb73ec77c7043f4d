import OrdersEvents
import SwiftProtobuf
import TandemCore

/// The write model's tables as the log alone implies them, written without a look at the commands.
struct FoldedTables {
    private var users: [UInt64: (email: String, name: String)] = [:]
    private var products: [UInt64: FoldedProduct] = [:]
    private var orders: [UInt64: FoldedOrder] = [:]

    private struct FoldedProduct {
        let name: String
        var price: Int64
        let currency: String
        var stock: Int64?
        var isRetired = false
    }

    private struct FoldedOrder {
        let placed: Tandem_Orders_Events_V1_OrderPlaced
        var status = 1
        var refunded: Int64 = 0
        var lastItem: Int
        var items: [Int: Tandem_Orders_Events_V1_PlacedLine]
    }

    enum FoldError: Error {
        case unknownType(String)
    }

    mutating func apply(_ event: RecordedEvent) throws {
        let bytes = event.payload
        switch event.type {
        case "UserRegistered":
            let user = try Tandem_Orders_Events_V1_UserRegistered(serializedBytes: bytes)
            users[user.userID] = (user.email, user.name)
        case "UserEmailChanged":
            let change = try Tandem_Orders_Events_V1_UserEmailChanged(serializedBytes: bytes)
            users[change.userID]?.email = change.email
        case "UserRenamed":
            let change = try Tandem_Orders_Events_V1_UserRenamed(serializedBytes: bytes)
            users[change.userID]?.name = change.name
        case "ProductAdded":
            let product = try Tandem_Orders_Events_V1_ProductAdded(serializedBytes: bytes)
            products[product.productID] = FoldedProduct(
                name: product.name, price: product.priceMinor, currency: product.currency,
                stock: product.hasStock ? product.stock : nil)
        case "ProductPriceChanged":
            let change = try Tandem_Orders_Events_V1_ProductPriceChanged(serializedBytes: bytes)
            products[change.productID]?.price = change.priceMinor
        case "ProductRestocked":
            let change = try Tandem_Orders_Events_V1_ProductRestocked(serializedBytes: bytes)
            products[change.productID]?.stock? += change.units
        case "ProductRetired":
            let change = try Tandem_Orders_Events_V1_ProductRetired(serializedBytes: bytes)
            products[change.productID]?.isRetired = true
        case "OrderPlaced":
            let placed = try Tandem_Orders_Events_V1_OrderPlaced(serializedBytes: bytes)
            let items = placed.lines.enumerated().map { ($0 + 1, $1) }
            orders[placed.orderID] = FoldedOrder(
                placed: placed, lastItem: items.count,
                items: Dictionary(uniqueKeysWithValues: items))
            for line in placed.lines { take(line.quantity, of: line) }
        default: try applyStep(event)
        }
    }

    /// Units that an order has, or has no more (of the other sign).
    private mutating func take(
        _ quantity: UInt32, of line: Tandem_Orders_Events_V1_PlacedLine?, sign: Int64 = 1
    ) {
        guard let line else { return }
        products[line.productID]?.stock? -= sign * Int64(quantity)
    }

    private mutating func putBack(_ order: UInt64) {
        for line in (orders[order]?.items ?? [:]).values { take(line.quantity, of: line, sign: -1) }
    }

    private mutating func applyStep(_ event: RecordedEvent) throws {
        let bytes = event.payload
        switch event.type {
        case "OrderPaid":
            let step = try Tandem_Orders_Events_V1_OrderPaid(serializedBytes: bytes)
            orders[step.orderID]?.status = 2
        case "OrderShipped":
            let step = try Tandem_Orders_Events_V1_OrderShipped(serializedBytes: bytes)
            orders[step.orderID]?.status = 3
        case "OrderDelivered":
            let step = try Tandem_Orders_Events_V1_OrderDelivered(serializedBytes: bytes)
            orders[step.orderID]?.status = 4
        case "OrderCancelled":
            let step = try Tandem_Orders_Events_V1_OrderCancelled(serializedBytes: bytes)
            orders[step.orderID]?.status = 5
            putBack(step.orderID)
        case "OrderRefunded":
            let step = try Tandem_Orders_Events_V1_OrderRefunded(serializedBytes: bytes)
            orders[step.orderID]?.refunded += step.amountMinor
            guard step.isWhole else { return }
            if orders[step.orderID]?.status == 2 { putBack(step.orderID) }
            orders[step.orderID]?.status = 6
        case "OrderItemAdded":
            let step = try Tandem_Orders_Events_V1_OrderItemAdded(serializedBytes: bytes)
            orders[step.orderID]?.items[Int(step.item)] = step.line
            orders[step.orderID]?.lastItem += 1
            take(step.line.quantity, of: step.line)
        case "OrderItemQuantityChanged":
            let step = try Tandem_Orders_Events_V1_OrderItemQuantityChanged(serializedBytes: bytes)
            let line = orders[step.orderID]?.items[Int(step.item)]
            take(line?.quantity ?? 0, of: line, sign: -1)
            take(step.quantity, of: line)
            orders[step.orderID]?.items[Int(step.item)]?.quantity = step.quantity
            orders[step.orderID]?.items[Int(step.item)]?.priceMinor = step.priceMinor
        case "OrderItemRemoved":
            let step = try Tandem_Orders_Events_V1_OrderItemRemoved(serializedBytes: bytes)
            let line = orders[step.orderID]?.items.removeValue(forKey: Int(step.item))
            take(line?.quantity ?? 0, of: line, sign: -1)
        default:
            throw FoldError.unknownType(event.type)
        }
    }

    var userRows: [String] {
        users.sorted { $0.key < $1.key }.map { "\($0.key)|\($0.value.email)|\($0.value.name)" }
    }

    var productRows: [String] {
        products.sorted { $0.key < $1.key }.map { id, product in
            """
            \(id)|\(product.name)|\(product.price)|\(product.currency)\
            |\(product.stock.map { "\($0)" } ?? "-")|\(product.isRetired ? 1 : 0)
            """
        }
    }

    var orderRows: [String] {
        orders.sorted { $0.key < $1.key }.map { id, order in
            let total = order.items.values.reduce(0) { $0 + $1.priceMinor }
            return """
                \(id)|\(order.placed.userID)|\(order.status)|\(order.placed.currency)|\(total)\
                |\(order.placed.createdAtUs)|\(order.lastItem)|\(order.refunded)
                """
        }
    }

    var itemRows: [String] {
        orders.sorted { $0.key < $1.key }.flatMap { id, order in
            order.items.sorted { $0.key < $1.key }.map { number, line in
                let product = line.productID == 0 ? "-" : "\(line.productID)"
                let description = line.productID == 0 ? line.description_p : "-"
                let unit = line.hasUnitPriceMinor ? "\(line.unitPriceMinor)" : "-"
                return """
                    \(id)|\(number)|\(product)|\(description)|\(line.quantity)\
                    |\(line.priceMinor)|\(unit)
                    """
            }
        }
    }
}
