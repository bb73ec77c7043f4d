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

    /// Counted units that orders hold, as a number to take away from what came in.
    private mutating func take(_ quantity: UInt32, of product: UInt64, sign: Int64 = 1) {
        guard products[product]?.hasStock == true else { return }
        products[product]?.stock -= sign * Int64(quantity)
    }

    private mutating func changeOrder(
        _ id: UInt64, _ event: RecordedEvent, _ change: (inout Tandem_Orders_V1_Order) -> Void
    ) {
        guard var order = orders[id] else { return }
        let held = order.items
        change(&order)
        order.version = event.version.rawValue
        order.totalMinor = order.items.map(\.priceMinor).reduce(0, +)
        let isGone = order.status == .cancelled
            || order.status == .refunded && orders[id]?.status == .paid
        for item in held { take(item.quantity, of: item.productID, sign: -1) }
        if !isGone { for item in order.items { take(item.quantity, of: item.productID) } }
        orders[id] = order
    }

    private mutating func add(_ event: RecordedEvent) throws {
        let (payload, version) = (event.payload, event.version.rawValue)
        switch event.type {
        case "UserRegistered":
            let told = try Tandem_Orders_Events_V1_UserRegistered(serializedBytes: payload)
            users[told.userID] = .with {
                $0.userID = told.userID
                $0.email = told.email
                $0.name = told.name
                $0.registeredAtUs = event.recordedAt.microseconds
                $0.version = version
            }
        case "UserEmailChanged":
            let told = try Tandem_Orders_Events_V1_UserEmailChanged(serializedBytes: payload)
            users[told.userID]?.email = told.email
            users[told.userID]?.version = version
            for (id, order) in orders where order.userID == told.userID {
                orders[id]?.userEmail = told.email
            }
        case "UserRenamed":
            let told = try Tandem_Orders_Events_V1_UserRenamed(serializedBytes: payload)
            users[told.userID]?.name = told.name
            users[told.userID]?.version = version
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
                if told.hasStock { $0.stock = told.stock }
                $0.version = version
            }
        case "ProductPriceChanged":
            let told = try Tandem_Orders_Events_V1_ProductPriceChanged(serializedBytes: payload)
            products[told.productID]?.priceMinor = told.priceMinor
            products[told.productID]?.version = version
        case "OrderPlaced":
            place(try Tandem_Orders_Events_V1_OrderPlaced(serializedBytes: payload), version)
        case "ProductRestocked":
            let told = try Tandem_Orders_Events_V1_ProductRestocked(serializedBytes: payload)
            products[told.productID]?.stock += told.units
            products[told.productID]?.version = version
        case "ProductRetired":
            let told = try Tandem_Orders_Events_V1_ProductRetired(serializedBytes: payload)
            products[told.productID]?.isRetired = true
            products[told.productID]?.version = version
        default: try addStep(event)
        }
    }

    private mutating func addStep(_ event: RecordedEvent) throws {
        let payload = event.payload
        switch event.type {
        case "OrderPaid":
            let told = try Tandem_Orders_Events_V1_OrderPaid(serializedBytes: payload)
            changeOrder(told.orderID, event) { $0.status = .paid }
        case "OrderShipped":
            let told = try Tandem_Orders_Events_V1_OrderShipped(serializedBytes: payload)
            changeOrder(told.orderID, event) { $0.status = .shipped }
        case "OrderDelivered":
            let told = try Tandem_Orders_Events_V1_OrderDelivered(serializedBytes: payload)
            changeOrder(told.orderID, event) { $0.status = .delivered }
        case "OrderCancelled":
            let told = try Tandem_Orders_Events_V1_OrderCancelled(serializedBytes: payload)
            changeOrder(told.orderID, event) {
                $0.status = .cancelled
                $0.cancelReason = told.reason
            }
        case "OrderRefunded":
            let told = try Tandem_Orders_Events_V1_OrderRefunded(serializedBytes: payload)
            changeOrder(told.orderID, event) {
                $0.refundedMinor += told.amountMinor
                $0.refundReason = told.reason
                if told.isWhole { $0.status = .refunded }
            }
        case "OrderItemAdded":
            let told = try Tandem_Orders_Events_V1_OrderItemAdded(serializedBytes: payload)
            let item = item(of: told.line, told.item)
            changeOrder(told.orderID, event) { $0.items.append(item) }
        case "OrderItemQuantityChanged":
            let told = try Tandem_Orders_Events_V1_OrderItemQuantityChanged(
                serializedBytes: payload)
            changeOrder(told.orderID, event) { order in
                for index in order.items.indices where order.items[index].number == told.item {
                    order.items[index].quantity = told.quantity
                    order.items[index].priceMinor = told.priceMinor
                }
            }
        default:
            let told = try Tandem_Orders_Events_V1_OrderItemRemoved(serializedBytes: payload)
            changeOrder(told.orderID, event) { $0.items.removeAll { $0.number == told.item } }
        }
    }

    private func item(
        of line: Tandem_Orders_Events_V1_PlacedLine, _ number: UInt32
    ) -> Tandem_Orders_V1_OrderItem {
        .with {
            $0.productID = line.productID
            $0.productName = products[line.productID]?.name ?? line.description_p
            $0.quantity = line.quantity
            $0.priceMinor = line.priceMinor
            if line.hasUnitPriceMinor { $0.unitPriceMinor = line.unitPriceMinor }
            $0.number = number
        }
    }

    private mutating func place(
        _ told: Tandem_Orders_Events_V1_OrderPlaced, _ version: UInt64
    ) {
        for line in told.lines { take(line.quantity, of: line.productID) }
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
            order.items = told.lines.enumerated().map { item(of: $1, UInt32($0 + 1)) }
            order.version = version
        }
    }
}
