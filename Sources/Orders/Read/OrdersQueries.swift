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
        First(Orders.findUserByEmail) { try User.with(email: $0.email) }
        // An unknown user has no orders.
        List(Orders.listUserOrders, pageSize: 20) { request in
            let user = try id(request.userID, "user_id")
            guard request.hasStatus else { return try Order.byUser.matching(user) }
            return try Order.byUserAndStatus.matching(user)
                .matching(try status(request.status))
        }
        List(Orders.listOrders, pageSize: 20) { try OrderSelection.of($0) }
        List(Orders.listOrdersByEmail, pageSize: 20, in: Order.byUser) {
            try User.with(email: $0.email)
        }
        List(Orders.listUsers) { _ in User.byID.all }
        List(Orders.listProducts) { request in
            guard !request.nameStart.isEmpty else { return Product.byID.all }
            return try Product.byName.starting(with: request.nameStart)
        }
        Get(Orders.getUserSummary) { try id($0.userID, "user_id") }
        List(Orders.listProductSales) {
            try ProductSales.byProduct.matching(try id($0.productID, "product_id"))
        }
        List(Orders.listTopProducts, pageSize: 10) { request in
            guard !request.currency.isEmpty else { return ProductSales.byUnits.all }
            return try ProductSales.byRevenue.matching(try FieldRules.currency(request.currency))
        }
        List(Orders.listDailySales) { request in
            let all =
                request.hasStatus
                ? try DailySales.byStatus.matching(try status(request.status))
                : DailySales.byDay.all
            return try all.range(
                from: request.hasFromDay ? request.fromDay : nil,
                until: request.hasEndDay ? request.endDay : nil
            ).reversed(request.descending)
        }
    }

    /// An id that something can have.
    private static func id(_ value: UInt64, _ field: String) throws(Rejection) -> UInt64 {
        UInt64(try Check.id(value, field))
    }

    /// A status that an order can have.
    static func status(_ value: OrderStatus) throws(Rejection) -> OrderStatus {
        switch value {
        case .placed, .paid, .shipped, .delivered, .cancelled, .refunded:
            return value
        case .unspecified, .UNRECOGNIZED:
            throw .outOfRange("UNKNOWN_STATUS", "status", value.rawValue, 1...6)
        }
    }
}
