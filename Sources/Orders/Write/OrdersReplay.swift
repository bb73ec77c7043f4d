import OrdersEvents
import OrdersMessages
import Tandem

/// What the events have made of the tables. Says again, and in another way, what the commands do:
/// `verify --deep` holds the two against each other. A log that somebody else wrote may hold any
/// numbers: none traps.
enum OrdersReplay {
    static let all = Replay<OrdersTables>(of: ["users", "products", "orders", "order_items"]) {
        Apply(UserRegistered.self) { event, db in
            try take(event.userID, of: "user", db)
            try db.insertUser(event.userID, event.email, event.name)
        }
        Apply(UserEmailChanged.self) { event, db in try db.setEmail(event.email, event.userID) }
        Apply(UserRenamed.self) { event, db in try db.setName(event.name, event.userID) }

        Apply(ProductAdded.self) { event, db in
            let product = CatalogueProduct(
                id: Int64(clamping: event.productID), unitMinor: event.priceMinor,
                currency: event.currency, isRetired: false,
                stock: event.hasStock ? event.stock : nil)
            try take(event.productID, of: "product", db)
            try db.catalogue.add(product, name: event.name)
        }
        Apply(ProductPriceChanged.self) { event, db in
            try db.catalogue.setPrice(event.priceMinor, event.productID)
        }
        Apply(ProductRestocked.self) { event, db in
            let product = try CatalogueProduct.found(event.productID, db)
            try db.catalogue.setStock((product.stock ?? 0) &+ event.units, product.id)
        }
        Apply(ProductRetired.self) { try $1.catalogue.retire(Int64(clamping: $0.productID)) }

        Apply(OrderPlaced.self) { event, db in
            try take(event.orderID, of: "order", db)
            let totalMinor = event.lines.reduce(0) { $0 &+ $1.priceMinor }
            try db.insertOrder(
                event.orderID, event.userID, OrderStatus.placed, event.currency, totalMinor,
                event.createdAtUs, event.lines.count)
            for (index, line) in event.lines.enumerated() {
                try insert(line, UInt32(index + 1), of: event.orderID, db)
            }
        }
        Apply(OrderPaid.self) { event, db in try setStatus(.paid, event, db) }
        Apply(OrderShipped.self) { event, db in try setStatus(.shipped, event, db) }
        Apply(OrderDelivered.self) { event, db in try setStatus(.delivered, event, db) }
        Apply(OrderCancelled.self) { event, db in
            try setStatus(.cancelled, event, db)
            try db.catalogue.takeBackAll(of: Int64(clamping: event.orderID))
        }
        Apply(OrderRefunded.self) { event, db in
            try change(event, db) { order in
                order.refundedMinor &+= event.amountMinor
                guard event.isWhole else { return }
                if order.status == .paid { try db.catalogue.takeBackAll(of: order.id) }
                order.status = .refunded
            }
        }
        Apply(OrderItemAdded.self) { event, db in
            try insert(event.line, event.item, of: event.orderID, db)
            try change(event, db) { order in
                order.totalMinor &+= event.line.priceMinor
                order.lastItem = event.item
            }
        }
        Apply(OrderItemQuantityChanged.self) { event, db in
            try change(event, db) { order in
                let item = try db.itemRow(event.item, of: order)
                try db.catalogue.give(
                    Int64(event.quantity) - Int64(item.quantity), ofItem: item.productID)
                try db.setItem(event.quantity, event.priceMinor, order.id, event.item)
                order.totalMinor &+= event.priceMinor &- item.priceMinor
            }
        }
        Apply(OrderItemRemoved.self) { event, db in
            try change(event, db) { order in
                let item = try db.itemRow(event.item, of: order)
                try db.deleteItem(order.id, event.item)
                try db.catalogue.give(-Int64(item.quantity), ofItem: item.productID)
                order.totalMinor -= item.priceMinor
            }
        }
    }

    /// As if its caller had chosen it: others are given past it.
    private static func take(_ id: UInt64, of kind: String, _ db: OrdersTables) throws {
        _ = try db.ids.take(Int64(clamping: id), of: kind)
    }

    private static func insert(
        _ line: PlacedLine, _ number: UInt32, of order: UInt64, _ db: OrdersTables
    ) throws {
        let productID = line.productID == 0 ? nil : Int64(clamping: line.productID)
        try db.catalogue.give(Int64(line.quantity), ofItem: productID)
        try db.insertItem(
            order, number, productID, productID == nil ? line.description_p : nil, line.quantity,
            line.priceMinor, line.hasUnitPriceMinor ? line.unitPriceMinor : nil)
    }

    private static func setStatus(
        _ status: OrderStatus, _ event: some OrderEvent, _ db: OrdersTables
    ) throws {
        try change(event, db) { $0.status = status }
    }

    private static func change(
        _ event: some OrderEvent, _ db: OrdersTables, _ change: (inout OrderRow) throws -> Void
    ) throws {
        var order = try OrderRow.found(event.orderID, db)
        try change(&order)
        try db.setOrder(
            order.status, order.totalMinor, order.refundedMinor, order.lastItem, order.id)
    }
}

extension Row {
    /// An event is about something that there is.
    fileprivate static func found(_ id: UInt64, _ db: OrdersTables) throws -> Self {
        if let row = try find(Int64(clamping: id), db) { return row }
        throw Rejection.notFound(kind, id)
    }
}
