import Foundation
import OrdersMessages
import SwiftProtobuf
public import TandemClient
public import TandemCore

// What has been sold, of the order service. Each answer reflects at least what the session has
// seen, and is exact at its position, cancellations and refunds included.
extension TandemClient {
    /// What all orders of a user come to. A user who has never ordered has none: `.notFound`.
    public func summary(
        of user: UserID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<UserSummary> {
        let request = Tandem_Orders_V1_GetUserSummaryRequest.with { $0.userID = user.rawValue }
        return try await ask(Orders.getUserSummary, request, options: options)
            .map(UserSummary.init)
    }

    /// One page of the orders of the user who has an e-mail address, newest first; the case of
    /// ASCII letters doesn't count.
    ///
    /// - Parameters:
    ///   - pageSize: 1 to 1,000.
    ///   - cursor: ``Page/next`` of the page before; `nil` for the first page.
    public func ordersPage(
        ofEmail email: String, pageSize: UInt32 = 20, after cursor: PageCursor? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Page<Order> {
        let request = Tandem_Orders_V1_ListOrdersByEmailRequest.with {
            $0.email = email
            $0.pageSize = pageSize
            if let cursor { $0.cursor = .init(cursor.bytes) }
        }
        return try await page(Orders.listOrdersByEmail, request, options: options).map(Order.init)
    }

    /// All orders of the user who has an e-mail address, newest first, fetched as they are asked
    /// for.
    public func orders(
        ofEmail email: String, pageSize: UInt32 = 100, options: CallOptions = CallOptions()
    ) -> PagedSequence<Order> {
        PagedSequence { [self] cursor async throws(TandemError) in
            try await ordersPage(
                ofEmail: email, pageSize: pageSize, after: cursor, options: options)
        }
    }

    /// One page of what was sold of a product, one for each currency, by its code.
    ///
    /// - Parameters:
    ///   - pageSize: 1 to 1,000.
    ///   - cursor: ``Page/next`` of the page before; `nil` for the first page.
    public func salesPage(
        of product: ProductID, pageSize: UInt32 = 100, after cursor: PageCursor? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Page<ProductSales> {
        let request = Tandem_Orders_V1_ListProductSalesRequest.with {
            $0.productID = product.rawValue
            $0.pageSize = pageSize
            if let cursor { $0.cursor = .init(cursor.bytes) }
        }
        return try await page(Orders.listProductSales, request, options: options)
            .map(ProductSales.init)
    }

    /// One page of what sold best.
    ///
    /// - Parameters:
    ///   - currency: By revenue in this currency; `nil`: by units, where a product that was sold in
    ///     several currencies comes once for each.
    ///   - pageSize: How many, 1 to 1,000.
    ///   - cursor: ``Page/next`` of the page before; `nil` for the first page.
    public func topProductsPage(
        byRevenueIn currency: String? = nil, pageSize: UInt32 = 10,
        after cursor: PageCursor? = nil, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Page<ProductSales> {
        let request = Tandem_Orders_V1_ListTopProductsRequest.with {
            $0.currency = currency ?? ""
            $0.pageSize = pageSize
            if let cursor { $0.cursor = .init(cursor.bytes) }
        }
        return try await page(Orders.listTopProducts, request, options: options)
            .map(ProductSales.init)
    }

    /// One page of each day's sales: by day, then by status, then by currency.
    ///
    /// - Parameters:
    ///   - status: Only orders that have this status now; `nil`: all.
    ///   - from: Days that begin then or later, in UTC.
    ///   - until: Days that begin before then.
    ///   - descending: The other way round, the last day first.
    ///   - pageSize: 1 to 1,000.
    ///   - cursor: ``Page/next`` of the page before; `nil` for the first page.
    public func dailySalesPage(
        status: OrderStatus? = nil, from: Timestamp? = nil, until: Timestamp? = nil,
        descending: Bool = false, pageSize: UInt32 = 100, after cursor: PageCursor? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Page<DailySales> {
        let request = Tandem_Orders_V1_ListDailySalesRequest.with {
            if let status { $0.status = status.message }
            if let from { $0.fromDay = DailySales.day(from: from) }
            if let until { $0.endDay = DailySales.day(from: until) }
            $0.descending = descending
            $0.pageSize = pageSize
            if let cursor { $0.cursor = .init(cursor.bytes) }
        }
        return try await page(Orders.listDailySales, request, options: options)
            .map(DailySales.init)
    }

    /// Each day's sales, fetched as they are asked for; as
    /// ``dailySalesPage(status:from:until:descending:pageSize:after:options:)``.
    public func dailySales(
        status: OrderStatus? = nil, from: Timestamp? = nil, until: Timestamp? = nil,
        descending: Bool = false, pageSize: UInt32 = 1_000, options: CallOptions = CallOptions()
    ) -> PagedSequence<DailySales> {
        PagedSequence { [self] cursor async throws(TandemError) in
            try await dailySalesPage(
                status: status, from: from, until: until, descending: descending,
                pageSize: pageSize, after: cursor, options: options)
        }
    }
}
