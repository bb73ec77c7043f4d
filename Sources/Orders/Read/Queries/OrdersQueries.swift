package import Domain
import EventModel
import OrdersMessages
import SnapshotStore

/// What the order service's query port answers.
package enum OrdersQueries {
    package static let all: [QueryDefinition] = [
        getOrder, getUser, getProduct, listUserOrders, listUsers, listProducts,
    ]

    private static let getOrder = QueryDefinition(method("GetOrder"), kind: .get) {
        (request: Tandem_Orders_V1_GetOrderRequest) throws(Rejection) in
        let id = try QueryRules.id(request.orderID, "order_id")
        return .get(collection: OrdersCollection.orders, key: DocumentKey(id))
    }

    private static let getUser = QueryDefinition(method("GetUser"), kind: .get) {
        (request: Tandem_Orders_V1_GetUserRequest) throws(Rejection) in
        let id = try QueryRules.id(request.userID, "user_id")
        return .get(collection: OrdersCollection.users, key: DocumentKey(id))
    }

    private static let getProduct = QueryDefinition(method("GetProduct"), kind: .get) {
        (request: Tandem_Orders_V1_GetProductRequest) throws(Rejection) in
        let id = try QueryRules.id(request.productID, "product_id")
        return .get(collection: OrdersCollection.products, key: DocumentKey(id))
    }

    /// Newest first: the index's keys are built for it. An unknown user has no orders.
    private static let listUserOrders = QueryDefinition(method("ListUserOrders"), kind: .page) {
        (request: Tandem_Orders_V1_ListUserOrdersRequest) throws(Rejection) in
        let userID = try QueryRules.id(request.userID, "user_id")
        let limit = try QueryRules.pageSize(request.pageSize, default: 20)
        let index: Int
        let prefix: DocumentKey
        if request.hasStatus {
            index = OrdersCollection.OrderIndex.byUserAndStatus
            prefix = OrderKeys.userPrefix(userID, status: try QueryRules.status(request.status))
        } else {
            index = OrdersCollection.OrderIndex.byUser
            prefix = OrderKeys.userPrefix(userID)
        }
        return try QueryPlan.page(
            collection: OrdersCollection.orders, index: index, prefix: prefix, after: nil,
            descending: false, limit: limit
        ).continued(from: request.cursor)
    }

    private static let listUsers = QueryDefinition(method("ListUsers"), kind: .page) {
        (request: Tandem_Orders_V1_ListUsersRequest) throws(Rejection) in
        try everything(of: OrdersCollection.users, pageSize: request.pageSize)
            .continued(from: request.cursor)
    }

    private static let listProducts = QueryDefinition(method("ListProducts"), kind: .page) {
        (request: Tandem_Orders_V1_ListProductsRequest) throws(Rejection) in
        try everything(of: OrdersCollection.products, pageSize: request.pageSize)
            .continued(from: request.cursor)
    }

    private static func everything(
        of collection: Int, pageSize: UInt32
    ) throws(Rejection) -> QueryPlan {
        .page(
            collection: collection, index: OrdersCollection.byID, prefix: DocumentKey(),
            after: nil, descending: false,
            limit: try QueryRules.pageSize(pageSize, default: 100))
    }

    private static func method(_ name: String) -> String {
        "tandem.orders.v1.OrderQueries/\(name)"
    }
}
