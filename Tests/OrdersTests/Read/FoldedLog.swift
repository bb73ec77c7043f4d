import OrdersEvents
import OrdersMessages
import SwiftProtobuf
import TandemCore

/// What the documents should be: the log folded in the plainest way, apart from the reducer.
struct FoldedLog: Equatable {
    var orders: [UInt64: Tandem_Orders_V1_Order] = [:]
    var users: [UInt64: Tandem_Orders_V1_User] = [:]
    var products: [UInt64: Tandem_Orders_V1_Product] = [:]

    init(_ log: [RecordedEvent]) throws {
        for event in log { try add(event) }
    }

    private mutating func add(_ event: RecordedEvent) throws {
        let payload = event.payload
        switch event.type {
        case "UserRegistered":
            let told = try Tandem_Orders_Events_V1_UserRegistered(serializedBytes: payload)
            users[told.userID] = .with {
                $0.userID = told.userID
                $0.email = told.email
                $0.name = told.name
                $0.registeredAtUs = event.recordedAt.microseconds
            }
        case "UserEmailChanged":
            let told = try Tandem_Orders_Events_V1_UserEmailChanged(serializedBytes: payload)
            users[told.userID]?.email = told.email
            for (id, order) in orders where order.userID == told.userID {
                orders[id]?.userEmail = told.email
            }
        case "UserRenamed":
            let told = try Tandem_Orders_Events_V1_UserRenamed(serializedBytes: payload)
            users[told.userID]?.name = told.name
            for (id, order) in orders where order.userID == told.userID {
                orders[id]?.userName = told.name
            }
        case "ProductAdded":
            let told = try Tandem_Orders_Events_V1_ProductAdded(serializedBytes: payload)
            products[told.productID] = .with {
                $0.productID = told.productID
                $0.name = told.name
                $0.priceMinor = told.priceMinor
                $0.currency = told.currency
            }
        case "ProductPriceChanged":
            let told = try Tandem_Orders_Events_V1_ProductPriceChanged(serializedBytes: payload)
            products[told.productID]?.priceMinor = told.priceMinor
        case "OrderPlaced":
            place(try Tandem_Orders_Events_V1_OrderPlaced(serializedBytes: payload))
        case "OrderPaid":
            let told = try Tandem_Orders_Events_V1_OrderPaid(serializedBytes: payload)
            orders[told.orderID]?.status = .paid
        case "OrderShipped":
            let told = try Tandem_Orders_Events_V1_OrderShipped(serializedBytes: payload)
            orders[told.orderID]?.status = .shipped
        case "OrderDelivered":
            let told = try Tandem_Orders_Events_V1_OrderDelivered(serializedBytes: payload)
            orders[told.orderID]?.status = .delivered
        default:
            let told = try Tandem_Orders_Events_V1_OrderCancelled(serializedBytes: payload)
            orders[told.orderID]?.status = .cancelled
        }
    }

    private mutating func place(_ told: Tandem_Orders_Events_V1_OrderPlaced) {
        let user = users[told.userID] ?? Tandem_Orders_V1_User()
        orders[told.orderID] = .with { order in
            order.orderID = told.orderID
            order.userID = told.userID
            order.userEmail = user.email
            order.userName = user.name
            order.status = .placed
            order.currency = told.currency
            order.createdAtUs = told.createdAtUs
            order.totalMinor = told.lines.map(\.priceMinor).reduce(0, +)
            order.items = told.lines.map { line in
                .with {
                    $0.productID = line.productID
                    $0.productName = products[line.productID]?.name ?? line.description_p
                    $0.quantity = line.quantity
                    $0.priceMinor = line.priceMinor
                }
            }
        }
    }
}
