package import OrdersMessages
public import TandemCore

/// What all orders of a user come to.
public struct UserSummary: Hashable, Sendable {
    /// Who ordered.
    public let userID: UserID
    /// Without the cancelled ones.
    public let orderCount: Int64
    /// Those that are cancelled.
    public let cancelledCount: Int64
    /// What the orders that aren't cancelled cost less what was refunded, one amount for each
    /// currency; none of 0.
    public let spent: [Money]
    /// When the first order was placed, cancelled ones included.
    public let firstOrderAt: Timestamp
    /// When the last order was placed, cancelled ones included.
    public let lastOrderAt: Timestamp
}

/// What was sold of a product in a currency, in orders that are neither cancelled nor wholly
/// refunded.
public struct ProductSales: Hashable, Sendable {
    /// Which product of the catalogue.
    public let productID: ProductID
    /// The lines' quantities.
    public let units: Int64
    /// The lines' prices.
    public let revenue: Money
}

/// The orders of a day that have a status now, in one currency.
public struct DailySales: Hashable, Sendable {
    /// Its first moment, in UTC.
    public let day: Timestamp
    /// Of all of these orders.
    public let status: OrderStatus
    /// How many.
    public let orderCount: Int64
    /// What they cost; refunds are not taken off.
    public let total: Money
    /// What was refunded of it.
    public let refunded: Money
}

extension UserSummary {
    package init(_ message: Tandem_Orders_V1_UserSummary) {
        userID = UserID(rawValue: message.userID)
        orderCount = message.orderCount
        cancelledCount = message.cancelledCount
        spent = message.spent.map { Money(minorUnits: $0.amountMinor, currency: $0.currency) }
        firstOrderAt = Timestamp(microseconds: message.firstOrderAtUs)
        lastOrderAt = Timestamp(microseconds: message.lastOrderAtUs)
    }
}

extension ProductSales {
    package init(_ message: Tandem_Orders_V1_ProductSales) {
        productID = ProductID(rawValue: message.productID)
        units = message.units
        revenue = Money(minorUnits: message.revenueMinor, currency: message.currency)
    }
}

extension DailySales {
    package init(_ message: Tandem_Orders_V1_DailySales) {
        let time = Int64(message.day).multipliedReportingOverflow(by: Self.dayMicroseconds)
        // No server has such a day; what it says must not trap.
        day = Timestamp(microseconds: time.overflow ? .max : time.partialValue)
        status = OrderStatus(message.status)
        orderCount = message.orderCount
        total = Money(minorUnits: message.totalMinor, currency: message.currency)
        refunded = Money(minorUnits: message.refundedMinor, currency: message.currency)
    }

    private static let dayMicroseconds: Int64 = 86_400_000_000

    /// The first day that begins at a time or later.
    static func day(from time: Timestamp) -> Int32 {
        let (days, rest) = time.microseconds.quotientAndRemainder(dividingBy: dayMicroseconds)
        return Int32(truncatingIfNeeded: rest > 0 ? days + 1 : days)
    }
}
