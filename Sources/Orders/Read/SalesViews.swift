public import OrdersMessages
public import Tandem

/// What orders add up to, as they are now. Sums wrap: no number of orders may stop the projection.
enum SalesViews {
    @ViewsBuilder static var all: [any View] {
        AddUp(Order.self) { [UserSummary($0)] }
        AddUp(Order.self) { ProductSales.all(of: $0) }
        AddUp(Order.self) { [DailySales($0)] }
    }
}

extension UserSummary: Total {
    public static let collectionName = "user_summaries"
    public static let key = Key(\Self.userID)
    public var isEmpty: Bool { orderCount == 0 && cancelledCount == 0 }

    init(_ order: Order) {
        self.init()
        userID = order.userID
        firstOrderAtUs = order.createdAtUs
        lastOrderAtUs = order.createdAtUs
        if order.status == .cancelled {
            cancelledCount = 1
        } else {
            orderCount = 1
            add(order.totalMinor &- order.refundedMinor, order.currency)
        }
    }

    public mutating func add(_ part: Self, sign: Int64) {
        userID = part.userID
        orderCount &+= sign &* part.orderCount
        cancelledCount &+= sign &* part.cancelledCount
        for amount in part.spent { add(sign &* amount.amountMinor, amount.currency) }
        // An order that was placed was placed at that time for ever: nothing to be taken off.
        guard sign > 0, part.hasFirstOrderAtUs else { return }
        firstOrderAtUs = min(hasFirstOrderAtUs ? firstOrderAtUs : .max, part.firstOrderAtUs)
        lastOrderAtUs = max(hasLastOrderAtUs ? lastOrderAtUs : .min, part.lastOrderAtUs)
    }

    private mutating func add(_ amountMinor: Int64, _ currency: String) {
        let place = spent.firstIndex { $0.currency >= currency } ?? spent.endIndex
        if place == spent.endIndex || ExactText(spent[place].currency) != ExactText(currency) {
            spent.insert(.with { $0.currency = currency }, at: place)
        }
        spent[place].amountMinor &+= amountMinor
        if spent[place].amountMinor == 0 { spent.remove(at: place) }
    }
}

extension ProductSales: Total {
    public static let collectionName = "product_sales"
    public static let key = Key(\Self.id)
    static let byProduct = Index<Self>("by_product", .ascending(\.productID))
    static let byRevenue = Index<Self>(
        "by_currency_revenue", .ascending(\.currency, byteCount: 4), .descending(\.revenueMinor))
    static let byUnits = Index<Self>("by_units", .descending(\.units))
    public static let indexes = [byProduct, byRevenue, byUnits]

    public var id: KeyPair<UInt64, UInt32> { KeyPair(productID, currency.currencyCode) }
    public var isEmpty: Bool { units == 0 && revenueMinor == 0 }

    /// What an order has sold of the catalogue's products.
    static func all(of order: Order) -> [Self] {
        guard order.status != .cancelled, order.status != .refunded else { return [] }
        return order.items.compactMap { item in
            item.productID == 0 ? nil
                : .with {
                    $0.productID = item.productID
                    $0.currency = order.currency
                    $0.units = Int64(item.quantity)
                    $0.revenueMinor = item.priceMinor
                }
        }
    }

    public mutating func add(_ part: Self, sign: Int64) {
        productID = part.productID
        currency = part.currency
        units &+= sign &* part.units
        revenueMinor &+= sign &* part.revenueMinor
    }
}

extension DailySales: Total {
    public static let collectionName = "daily_sales"
    public static let key = Key(\Self.id)
    static let byDay = Index<Self>("by_day", .ascending(\.day))
    static let byStatus = Index<Self>("by_status_day", .ascending(\.status), .ascending(\.day))
    public static let indexes = [byDay, byStatus]

    /// Orders as day, status and currency do.
    public var id: UInt64 {
        UInt64(UInt32(bitPattern: day) ^ 1 << 31) << 32 | UInt64(status.rawValue & 0xFF) << 24
            | UInt64(currency.currencyCode)
    }
    public var isEmpty: Bool { orderCount == 0 }

    init(_ order: Order) {
        self.init()
        let dayUs: Int64 = 86_400_000_000
        let time = order.createdAtUs
        day = Int32(truncatingIfNeeded: time >= 0 ? time / dayUs : (time + 1) / dayUs - 1)
        status = order.status
        currency = order.currency
        orderCount = 1
        totalMinor = order.totalMinor
        refundedMinor = order.refundedMinor
    }

    public mutating func add(_ part: Self, sign: Int64) {
        (day, status, currency) = (part.day, part.status, part.currency)
        orderCount &+= sign &* part.orderCount
        totalMinor &+= sign &* part.totalMinor
        refundedMinor &+= sign &* part.refundedMinor
    }
}

extension String {
    /// A currency's three letters as a number, in their order.
    fileprivate var currencyCode: UInt32 { utf8.prefix(3).reduce(0) { $0 << 8 | UInt32($1) } }
}
