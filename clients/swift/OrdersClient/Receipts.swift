package import OrdersMessages

/// What a command about a user answers.
public struct UserReceipt: Hashable, Sendable {
    /// Given by the command, or by the server if the command left it out.
    public let id: UserID
    /// How many commands have changed the user, this one included.
    public let version: UInt64
}

/// What a command about a product answers.
public struct ProductReceipt: Hashable, Sendable {
    /// Given by the command, or by the server if the command left it out.
    public let id: ProductID
    /// How many commands have changed the product, this one included.
    public let version: UInt64
    /// Units left; `nil`: they aren't counted.
    public let stock: Int64?
}

/// What a command about an order answers.
public struct OrderReceipt: Hashable, Sendable {
    /// Given by the command, or by the server if the command left it out.
    public let id: OrderID
    /// After the command.
    public let status: OrderStatus
    /// Of all lines.
    public let total: Money
    /// Of all refunds.
    public let refunded: Money
    /// How many commands have changed the order, this one included.
    public let version: UInt64
    /// The number of the item that the command added; `nil`: none.
    public let item: UInt32?
}

extension UserReceipt {
    package init(_ message: Tandem_Orders_V1_UserReply) {
        id = UserID(rawValue: message.userID)
        version = message.version
    }
}

extension ProductReceipt {
    package init(_ message: Tandem_Orders_V1_ProductReply) {
        id = ProductID(rawValue: message.productID)
        version = message.version
        stock = message.hasStock ? message.stock : nil
    }
}

extension OrderReceipt {
    package init(_ message: Tandem_Orders_V1_OrderReply) {
        id = OrderID(rawValue: message.orderID)
        status = OrderStatus(message.status)
        total = Money(minorUnits: message.totalMinor, currency: message.currency)
        refunded = Money(minorUnits: message.refundedMinor, currency: message.currency)
        version = message.version
        item = message.item == 0 ? nil : message.item
    }
}
