import OrdersEvents
import SwiftProtobuf

/// Events in few words.
extension ReadSide {
    func register(_ id: UInt64, email: String? = nil, name: String? = nil) throws {
        try tell(
            "UserRegistered",
            Tandem_Orders_Events_V1_UserRegistered.with {
                $0.userID = id
                $0.email = email ?? "user-\(id)@example.org"
                $0.name = name ?? "User \(id)"
            })
    }

    func changeEmail(_ id: UInt64, to email: String) throws {
        try tell(
            "UserEmailChanged",
            Tandem_Orders_Events_V1_UserEmailChanged.with {
                $0.userID = id
                $0.email = email
            })
    }

    func rename(_ id: UInt64, to name: String) throws {
        try tell(
            "UserRenamed",
            Tandem_Orders_Events_V1_UserRenamed.with {
                $0.userID = id
                $0.name = name
            })
    }

    func add(
        product id: UInt64, name: String? = nil, priceMinor: Int64 = 100, stock: Int64? = nil
    ) throws {
        try tell(
            "ProductAdded",
            Tandem_Orders_Events_V1_ProductAdded.with {
                $0.productID = id
                $0.name = name ?? "Product \(id)"
                $0.priceMinor = priceMinor
                $0.currency = "USD"
                if let stock { $0.stock = stock }
            })
    }

    func restock(product id: UInt64, units: Int64) throws {
        try tell(
            "ProductRestocked",
            Tandem_Orders_Events_V1_ProductRestocked.with {
                $0.productID = id
                $0.units = units
            })
    }

    func retire(product id: UInt64) throws {
        try tell(
            "ProductRetired", Tandem_Orders_Events_V1_ProductRetired.with { $0.productID = id })
    }

    func changePrice(product id: UInt64, to priceMinor: Int64) throws {
        try tell(
            "ProductPriceChanged",
            Tandem_Orders_Events_V1_ProductPriceChanged.with {
                $0.productID = id
                $0.priceMinor = priceMinor
            })
    }

    /// An order of one of each product, or of more; product 0 stands for none of the catalogue's.
    func place(
        _ id: UInt64, user: UInt64, at createdAtUs: Int64 = 0, products: [UInt64] = [],
        quantity: UInt32 = 1, priceMinor: Int64 = 100, currency: String = "USD"
    ) throws {
        try tell(
            "OrderPlaced",
            Tandem_Orders_Events_V1_OrderPlaced.with { order in
                order.orderID = id
                order.userID = user
                order.currency = currency
                order.createdAtUs = createdAtUs
                order.lines = products.map { product in
                    .with {
                        $0.productID = product
                        $0.quantity = quantity
                        $0.priceMinor = priceMinor
                    }
                }
            })
    }

    /// One of a product, at a unit price.
    func addItem(_ item: UInt32, product: UInt64, priceMinor: Int64 = 100, to id: UInt64) throws {
        try tell(
            "OrderItemAdded",
            Tandem_Orders_Events_V1_OrderItemAdded.with {
                $0.orderID = id
                $0.item = item
                $0.line.productID = product
                $0.line.quantity = 1
                $0.line.priceMinor = priceMinor
                $0.line.unitPriceMinor = priceMinor
            })
    }

    func changeQuantity(
        of item: UInt32, to quantity: UInt32, priceMinor: Int64, in id: UInt64
    ) throws {
        try tell(
            "OrderItemQuantityChanged",
            Tandem_Orders_Events_V1_OrderItemQuantityChanged.with {
                $0.orderID = id
                $0.item = item
                $0.quantity = quantity
                $0.priceMinor = priceMinor
            })
    }

    func removeItem(_ item: UInt32, from id: UInt64) throws {
        try tell(
            "OrderItemRemoved",
            Tandem_Orders_Events_V1_OrderItemRemoved.with {
                $0.orderID = id
                $0.item = item
            })
    }

    func refund(
        _ id: UInt64, _ amountMinor: Int64, reason: String = "", isWhole: Bool
    ) throws {
        try tell(
            "OrderRefunded",
            Tandem_Orders_Events_V1_OrderRefunded.with {
                $0.orderID = id
                $0.amountMinor = amountMinor
                $0.reason = reason
                $0.isWhole = isWhole
            })
    }

    func pay(_ id: UInt64) throws {
        try tell("OrderPaid", Tandem_Orders_Events_V1_OrderPaid.with { $0.orderID = id })
    }

    func ship(_ id: UInt64) throws {
        try tell("OrderShipped", Tandem_Orders_Events_V1_OrderShipped.with { $0.orderID = id })
    }

    func deliver(_ id: UInt64) throws {
        try tell("OrderDelivered", Tandem_Orders_Events_V1_OrderDelivered.with { $0.orderID = id })
    }

    func cancel(_ id: UInt64, reason: String = "") throws {
        try tell(
            "OrderCancelled",
            Tandem_Orders_Events_V1_OrderCancelled.with {
                $0.orderID = id
                $0.reason = reason
            })
    }
}
