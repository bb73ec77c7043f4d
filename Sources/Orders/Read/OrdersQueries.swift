import OrdersMessages
import Tandem

/// What the order service's query port answers.
enum OrdersQueries {
    @QueriesBuilder static var all: [any QueryHandling] {
        Get(Orders.getOrder) { try id($0.orderID, "order_id") }
        Get(Orders.getUser) { try id($0.userID, "user_id") }
        Get(Orders.getProduct) { try id($0.productID, "product_id") }
        GetMany(Orders.getOrders) { request in
            try request.orderIds.enumerated().map { try id($1, "order_ids[\($0)]") }
        }
        First(Orders.findUserByEmail) { request in
            let email = try FieldRules.email(request.email).value
            return try Tandem_Orders_V1_User.byEmail.matching(
                Tandem_Orders_V1_User.emailKey(of: email))
        }
        // An unknown user has no orders.
        List(Orders.listUserOrders, pageSize: 20) { request in
            let user = try id(request.userID, "user_id")
            guard request.hasStatus else { return try Tandem_Orders_V1_Order.byUser.matching(user) }
            return try Tandem_Orders_V1_Order.byUserAndStatus.matching(user)
                .matching(try status(request.status))
        }
        List(Orders.listOrders, pageSize: 20) { try OrderSelection.of($0) }
        List(Orders.listUsers) { _ in Tandem_Orders_V1_User.byID.all }
        List(Orders.listProducts) { request in
            guard !request.nameStart.isEmpty else { return Tandem_Orders_V1_Product.byID.all }
            return try Tandem_Orders_V1_Product.byName.starting(with: request.nameStart)
        }
    }

    /// An id that something can have.
    private static func id(_ value: UInt64, _ field: String) throws(Rejection) -> UInt64 {
        UInt64(try FieldRules.id(value, field))
    }

    /// A status that an order can have.
    static func status(
        _ value: Tandem_Orders_V1_OrderStatus
    ) throws(Rejection) -> Tandem_Orders_V1_OrderStatus {
        switch value {
        case .placed, .paid, .shipped, .delivered, .cancelled, .refunded:
            return value
        case .unspecified, .UNRECOGNIZED:
            throw .outOfRange("UNKNOWN_STATUS", "status", "\(value.rawValue)", "1", "6")
        }
    }
}
