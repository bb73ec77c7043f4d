import EventModel
import Foundation
import OrdersMessages
import SwiftProtobuf
public import TandemClient

// The queries of the order service. Each answer reflects at least what the session has seen.
// Something that doesn't exist gives a TandemError of code `.notFound`.
extension TandemClient {
    /// One order.
    public func order(
        _ id: OrderID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<Order> {
        let request = Tandem_Orders_V1_GetOrderRequest.with { $0.orderID = id.rawValue }
        return try await ask(Orders.getOrder, request, options: options).map(Order.init)
    }

    /// One user.
    public func user(
        _ id: UserID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<User> {
        let request = Tandem_Orders_V1_GetUserRequest.with { $0.userID = id.rawValue }
        return try await ask(Orders.getUser, request, options: options).map(User.init)
    }

    /// One product.
    public func product(
        _ id: ProductID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<Product> {
        let request = Tandem_Orders_V1_GetProductRequest.with { $0.productID = id.rawValue }
        return try await ask(Orders.getProduct, request, options: options).map(Product.init)
    }

    /// One page of a user's orders, newest first.
    ///
    /// - Parameters:
    ///   - status: Only orders of this status; `nil`: all.
    ///   - pageSize: 1 to 1,000.
    ///   - cursor: ``Page/next`` of the page before; `nil` for the first page.
    public func ordersPage(
        of user: UserID, status: OrderStatus? = nil, pageSize: UInt32 = 20,
        after cursor: PageCursor? = nil, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Page<Order> {
        let request = Tandem_Orders_V1_ListUserOrdersRequest.with {
            $0.userID = user.rawValue
            if let status { $0.status = status.message }
            $0.pageSize = pageSize
            if let cursor { $0.cursor = .init(cursor.bytes) }
        }
        return try await page(Orders.listUserOrders, request, options: options).map(Order.init)
    }

    /// All of a user's orders, newest first, fetched as they are asked for.
    public func orders(
        of user: UserID, status: OrderStatus? = nil, pageSize: UInt32 = 100,
        options: CallOptions = CallOptions()
    ) -> PagedSequence<Order> {
        PagedSequence { [self] cursor async throws(TandemError) in
            try await ordersPage(
                of: user, status: status, pageSize: pageSize, after: cursor, options: options)
        }
    }

    /// One page of users, by id.
    public func usersPage(
        pageSize: UInt32 = 100, after cursor: PageCursor? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Page<User> {
        let request = Tandem_Orders_V1_ListUsersRequest.with {
            $0.pageSize = pageSize
            if let cursor { $0.cursor = .init(cursor.bytes) }
        }
        return try await page(Orders.listUsers, request, options: options).map(User.init)
    }

    /// All users, by id, fetched as they are asked for.
    public func users(
        pageSize: UInt32 = 1_000, options: CallOptions = CallOptions()
    ) -> PagedSequence<User> {
        PagedSequence { [self] cursor async throws(TandemError) in
            try await usersPage(pageSize: pageSize, after: cursor, options: options)
        }
    }

    /// One page of products, by id.
    public func productsPage(
        pageSize: UInt32 = 100, after cursor: PageCursor? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Page<Product> {
        let request = Tandem_Orders_V1_ListProductsRequest.with {
            $0.pageSize = pageSize
            if let cursor { $0.cursor = .init(cursor.bytes) }
        }
        return try await page(Orders.listProducts, request, options: options).map(Product.init)
    }

    /// All products, by id, fetched as they are asked for.
    public func products(
        pageSize: UInt32 = 1_000, options: CallOptions = CallOptions()
    ) -> PagedSequence<Product> {
        PagedSequence { [self] cursor async throws(TandemError) in
            try await productsPage(pageSize: pageSize, after: cursor, options: options)
        }
    }
}
