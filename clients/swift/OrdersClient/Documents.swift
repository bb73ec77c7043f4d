package import OrdersMessages
public import TandemCore

/// A user, as the read side shows it.
public struct User: Hashable, Sendable {
    /// Never changes.
    public let id: UserID
    /// Unique among users.
    public let email: String
    /// For people.
    public let name: String
    /// When the server took the registration.
    public let registeredAt: Timestamp
    /// How many commands have changed the user: what a command may expect.
    public let version: UInt64
}

/// A product, as the read side shows it.
public struct Product: Hashable, Sendable {
    /// Never changes.
    public let id: ProductID
    /// For people.
    public let name: String
    /// Of one unit.
    public let price: Money
    /// Units left; `nil`: they aren't counted.
    public let stock: Int64?
    /// It can't be ordered any more.
    public let isRetired: Bool
    /// How many commands have changed the product: what a command may expect.
    public let version: UInt64
}

/// An order with everything that a page about it shows.
public struct Order: Hashable, Sendable {
    /// Never changes.
    public let id: OrderID
    /// Who ordered.
    public let userID: UserID
    /// The user's present e-mail address.
    public let userEmail: String
    /// The user's present name.
    public let userName: String
    /// How far it has come.
    public let status: OrderStatus
    /// Of all items.
    public let total: Money
    /// When it was placed.
    public let createdAt: Timestamp
    /// In the order in which they were given.
    public let items: [Item]
    /// Of all refunds.
    public let refunded: Money
    /// Why it was cancelled; empty if nobody said.
    public let cancelReason: String
    /// Why it was refunded the last time; empty if nobody said.
    public let refundReason: String
    /// How many commands have changed the order itself: what a command may expect.
    public let version: UInt64

    /// One line.
    public struct Item: Hashable, Sendable {
        /// Tells the order's items apart, from 1; none is given twice.
        public let number: UInt32
        /// `nil` if the line had no catalogue product.
        public let productID: ProductID?
        /// The product's name, or the line's description.
        public let name: String
        /// How many; 0 for what changed no stock.
        public let quantity: UInt32
        /// What the customer pays for the whole line.
        public let price: Money
        /// `nil` where it isn't known.
        public let unitPrice: Money?
    }
}

extension User {
    package init(_ message: Tandem_Orders_V1_User) {
        id = UserID(rawValue: message.userID)
        email = message.email
        name = message.name
        registeredAt = Timestamp(microseconds: message.registeredAtUs)
        version = message.version
    }
}

extension Product {
    package init(_ message: Tandem_Orders_V1_Product) {
        id = ProductID(rawValue: message.productID)
        name = message.name
        price = Money(minorUnits: message.priceMinor, currency: message.currency)
        stock = message.hasStock ? message.stock : nil
        isRetired = message.isRetired
        version = message.version
    }
}

extension Order {
    package init(_ message: Tandem_Orders_V1_Order) {
        id = OrderID(rawValue: message.orderID)
        userID = UserID(rawValue: message.userID)
        userEmail = message.userEmail
        userName = message.userName
        status = OrderStatus(message.status)
        total = Money(minorUnits: message.totalMinor, currency: message.currency)
        createdAt = Timestamp(microseconds: message.createdAtUs)
        items = message.items.map { item in
            Item(
                number: item.number,
                productID: item.productID == 0 ? nil : ProductID(rawValue: item.productID),
                name: item.productName, quantity: item.quantity,
                price: Money(minorUnits: item.priceMinor, currency: message.currency),
                unitPrice: item.hasUnitPriceMinor
                    ? Money(minorUnits: item.unitPriceMinor, currency: message.currency) : nil)
        }
        refunded = Money(minorUnits: message.refundedMinor, currency: message.currency)
        cancelReason = message.cancelReason
        refundReason = message.refundReason
        version = message.version
    }
}
