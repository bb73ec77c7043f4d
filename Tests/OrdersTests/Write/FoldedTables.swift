import OrdersEvents
import SwiftProtobuf
import TandemCore

/// The write model's tables as the log alone implies them, written without a look at the commands.
struct FoldedTables {
    private var users: [UInt64: (email: String, name: String)] = [:]
    private var products: [UInt64: (name: String, price: Int64, currency: String)] = [:]
    private var orders: [UInt64: FoldedOrder] = [:]

    private struct FoldedOrder {
        let placed: Tandem_Orders_Events_V1_OrderPlaced
        var status = 1
        var version = 1

        mutating func advance(to status: Int) {
            self.status = status
            version += 1
        }
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
            products[product.productID] = (product.name, product.priceMinor, product.currency)
        case "ProductPriceChanged":
            let change = try Tandem_Orders_Events_V1_ProductPriceChanged(serializedBytes: bytes)
            products[change.productID]?.price = change.priceMinor
        case "OrderPlaced":
            let placed = try Tandem_Orders_Events_V1_OrderPlaced(serializedBytes: bytes)
            orders[placed.orderID] = FoldedOrder(placed: placed)
        case "OrderPaid":
            let step = try Tandem_Orders_Events_V1_OrderPaid(serializedBytes: bytes)
            orders[step.orderID]?.advance(to: 2)
        case "OrderShipped":
            let step = try Tandem_Orders_Events_V1_OrderShipped(serializedBytes: bytes)
            orders[step.orderID]?.advance(to: 3)
        case "OrderDelivered":
            let step = try Tandem_Orders_Events_V1_OrderDelivered(serializedBytes: bytes)
            orders[step.orderID]?.advance(to: 4)
        case "OrderCancelled":
            let step = try Tandem_Orders_Events_V1_OrderCancelled(serializedBytes: bytes)
            orders[step.orderID]?.advance(to: 5)
        default:
            throw FoldError.unknownType(event.type)
        }
    }

    var userRows: [String] {
        users.sorted { $0.key < $1.key }.map { "\($0.key)|\($0.value.email)|\($0.value.name)" }
    }

    var productRows: [String] {
        products.sorted { $0.key < $1.key }.map {
            "\($0.key)|\($0.value.name)|\($0.value.price)|\($0.value.currency)"
        }
    }

    var orderRows: [String] {
        orders.sorted { $0.key < $1.key }.map { id, order in
            let total = order.placed.lines.reduce(0) { $0 + $1.priceMinor }
            return """
                \(id)|\(order.placed.userID)|\(order.status)|\(order.placed.currency)|\(total)\
                |\(order.placed.createdAtUs)|\(order.version)
                """
        }
    }

    var itemRows: [String] {
        orders.sorted { $0.key < $1.key }.flatMap { id, order in
            order.placed.lines.enumerated().map { index, line in
                let product = line.productID == 0 ? "-" : "\(line.productID)"
                let description = line.productID == 0 ? line.description_p : "-"
                return """
                    \(id)|\(index)|\(product)|\(description)|\(line.quantity)\
                    |\(line.priceMinor)
                    """
            }
        }
    }
}
