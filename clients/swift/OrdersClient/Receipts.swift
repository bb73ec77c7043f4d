package import OrdersMessages

/// What a command about a user answers.
public struct UserReceipt: Hashable, Sendable {
    /// Given by the command, or by the server if the command left it out.
    public let id: UserID
}

/// What a command about a product answers.
public struct ProductReceipt: Hashable, Sendable {
    /// Given by the command, or by the server if the command left it out.
    public let id: ProductID
}

/// What a command about an order answers.
public struct OrderReceipt: Hashable, Sendable {
    /// Given by the command, or by the server if the command left it out.
    public let id: OrderID
    /// After the command.
    public let status: OrderStatus
    /// Of all lines.
    public let total: Money
}

extension UserReceipt {
    package init(_ message: Tandem_Orders_V1_UserReply) {
        id = UserID(rawValue: message.userID)
    }
}

extension ProductReceipt {
    package init(_ message: Tandem_Orders_V1_ProductReply) {
        id = ProductID(rawValue: message.productID)
    }
}

extension OrderReceipt {
    package init(_ message: Tandem_Orders_V1_OrderReply) {
        id = OrderID(rawValue: message.orderID)
        status = OrderStatus(message.status)
        total = Money(minorUnits: message.totalMinor, currency: message.currency)
    }
}
