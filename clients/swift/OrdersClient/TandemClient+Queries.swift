import Foundation
import OrdersMessages
import SwiftProtobuf
public import TandemClient
import TandemCore

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

    /// The orders with some ids, in their order; those that there aren't are left out.
    ///
    /// - Parameter ids: 1,000 at most. More than about 1 MiB of orders are refused as a whole
    ///   (ANSWER_TOO_LARGE): ask for fewer then.
    public func orders(
        _ ids: [OrderID], options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<[Order]> {
        let request = Tandem_Orders_V1_GetOrdersRequest.with { $0.orderIds = ids.map(\.rawValue) }
        let page = try await page(Orders.getOrders, request, options: options).map(Order.init)
        return Answer(page.items, token: page.token, isReplay: false, age: page.age)
    }

    /// The user who has an e-mail address; the case of ASCII letters doesn't count.
    public func user(
        email: String, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<User> {
        let request = Tandem_Orders_V1_FindUserByEmailRequest.with { $0.email = email }
        return try await ask(Orders.findUserByEmail, request, options: options).map(User.init)
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

    /// One page of all users' orders.
    ///
    /// - Parameters:
    ///   - filter: Which, and so by what they come.
    ///   - ascending: The other way round: the oldest first, or the smallest total.
    ///   - pageSize: 1 to 1,000.
    ///   - cursor: ``Page/next`` of the page before; `nil` for the first page.
    public func ordersPage(
        _ filter: OrderFilter = .all, ascending: Bool = false, pageSize: UInt32 = 20,
        after cursor: PageCursor? = nil, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Page<Order> {
        let request = Tandem_Orders_V1_ListOrdersRequest.with {
            filter.write(to: &$0)
            $0.ascending = ascending
            $0.pageSize = pageSize
            if let cursor { $0.cursor = .init(cursor.bytes) }
        }
        return try await page(Orders.listOrders, request, options: options).map(Order.init)
    }

    /// All users' orders, fetched as they are asked for; as
    /// ``ordersPage(_:ascending:pageSize:after:options:)``.
    public func orders(
        _ filter: OrderFilter = .all, ascending: Bool = false, pageSize: UInt32 = 100,
        options: CallOptions = CallOptions()
    ) -> PagedSequence<Order> {
        PagedSequence { [self] cursor async throws(TandemError) in
            try await ordersPage(
                filter, ascending: ascending, pageSize: pageSize, after: cursor, options: options)
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

    /// One page of products, by id; of those whose name begins with a text, by name.
    ///
    /// - Parameters:
    ///   - nameStart: 32 bytes at most, and case counts; empty: all.
    ///   - pageSize: 1 to 1,000.
    ///   - cursor: ``Page/next`` of the page before; `nil` for the first page.
    public func productsPage(
        nameStart: String = "", pageSize: UInt32 = 100, after cursor: PageCursor? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Page<Product> {
        let request = Tandem_Orders_V1_ListProductsRequest.with {
            $0.nameStart = nameStart
            $0.pageSize = pageSize
            if let cursor { $0.cursor = .init(cursor.bytes) }
        }
        return try await page(Orders.listProducts, request, options: options).map(Product.init)
    }

    /// All products, or those whose name begins with a text, fetched as they are asked for; as
    /// ``productsPage(nameStart:pageSize:after:options:)``.
    public func products(
        nameStart: String = "", pageSize: UInt32 = 1_000, options: CallOptions = CallOptions()
    ) -> PagedSequence<Product> {
        PagedSequence { [self] cursor async throws(TandemError) in
            try await productsPage(
                nameStart: nameStart, pageSize: pageSize, after: cursor, options: options)
        }
    }
}
