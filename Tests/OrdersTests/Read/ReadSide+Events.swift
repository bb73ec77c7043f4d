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

    func add(product id: UInt64, name: String? = nil, priceMinor: Int64 = 100) throws {
        try tell(
            "ProductAdded",
            Tandem_Orders_Events_V1_ProductAdded.with {
                $0.productID = id
                $0.name = name ?? "Product \(id)"
                $0.priceMinor = priceMinor
                $0.currency = "USD"
            })
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

    func pay(_ id: UInt64) throws {
        try tell("OrderPaid", Tandem_Orders_Events_V1_OrderPaid.with { $0.orderID = id })
    }

    func ship(_ id: UInt64) throws {
        try tell("OrderShipped", Tandem_Orders_Events_V1_OrderShipped.with { $0.orderID = id })
    }

    func deliver(_ id: UInt64) throws {
        try tell("OrderDelivered", Tandem_Orders_Events_V1_OrderDelivered.with { $0.orderID = id })
    }

    func cancel(_ id: UInt64) throws {
        try tell("OrderCancelled", Tandem_Orders_Events_V1_OrderCancelled.with { $0.orderID = id })
    }
}
