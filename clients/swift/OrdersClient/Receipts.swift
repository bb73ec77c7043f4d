package import OrdersMessages
public import TandemCore

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

/// What became of one of several orders that were placed in one call.
public struct OrderOutcome: Hashable, Sendable {
    /// As ``TandemClient/placeOrder(_:options:)`` would have answered it.
    public let result: Result<OrderReceipt, Rejection>
    /// It had been placed, or turned down, before, and this is what came of it then.
    public let isReplay: Bool
    /// It did not run: nothing is kept under its key, and it may be sent again.
    public let isNotProcessed: Bool
    /// How long to wait before that; `nil`: not said, or, of what did not run, for ever.
    public let retryAfter: Duration?

    init(_ outcome: Tandem_Orders_V1_PlaceOrdersReply.Outcome) {
        isReplay = outcome.isReplay
        isNotProcessed = outcome.error.notProcessed
        let wait = outcome.error.retryAfterMs
        retryAfter = wait == 0 || wait == .max ? nil : .milliseconds(wait)
        switch outcome.outcome {
        case .reply(let reply): result = .success(OrderReceipt(reply))
        case .error, nil:
            let error = outcome.error
            result = .failure(
                Rejection(
                    StatusCode(rawValue: UInt16(clamping: error.code)) ?? .unknown,
                    reason: error.reason, message: error.message, metadata: error.metadata))
        }
    }
}
