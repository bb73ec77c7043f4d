import Foundation
import OrdersMessages
import SwiftProtobuf
public import TandemClient
public import TandemCore

// The commands of the order service. Each throws a TandemError that says whether and how to try
// again; those that may pass by themselves have been tried again until the timeout already.
//
// A command about one thing takes the version of it that its caller has seen, if they like: if it
// is another by then, nothing is done, and the error (`.aborted`, VERSION_CONFLICT) tells which.
extension TandemClient {
    /// A client of the order service. Connects when first needed, so this never fails.
    public convenience init(configuration: TandemConfiguration = TandemConfiguration()) {
        self.init(Orders.methods, configuration: configuration)
    }

    package convenience init(configuration: TandemConfiguration, dialer: any LinkDialer) {
        self.init(CallMethods(Orders.methods), configuration: configuration, dialer: dialer)
    }

    /// Registers a user. Rejected if the id or the e-mail address is taken.
    public func registerUser(
        _ user: NewUser, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<UserReceipt> {
        try await send(Orders.registerUser, user.message, options: options).map(UserReceipt.init)
    }

    /// Changes a user's e-mail address, in each of their order documents too.
    public func changeUserEmail(
        _ id: UserID, to email: String, expectedVersion: UInt64? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<UserReceipt> {
        let request = Tandem_Orders_V1_ChangeUserEmailRequest.with {
            $0.userID = id.rawValue
            $0.email = email
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.changeUserEmail, request, options: options)
            .map(UserReceipt.init)
    }

    /// Changes a user's name, in each of their order documents too.
    public func renameUser(
        _ id: UserID, to name: String, expectedVersion: UInt64? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<UserReceipt> {
        let request = Tandem_Orders_V1_RenameUserRequest.with {
            $0.userID = id.rawValue
            $0.name = name
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.renameUser, request, options: options).map(UserReceipt.init)
    }

    /// Adds a product to the catalogue. Rejected if the id is taken.
    public func addProduct(
        _ product: NewProduct, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<ProductReceipt> {
        try await send(Orders.addProduct, product.message, options: options)
            .map(ProductReceipt.init)
    }

    /// Changes what a unit of a product costs, in the product's own currency. Orders placed before
    /// keep their prices.
    public func changeProductPrice(
        _ id: ProductID, toMinorUnits price: Int64, expectedVersion: UInt64? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<ProductReceipt> {
        let request = Tandem_Orders_V1_ChangeProductPriceRequest.with {
            $0.productID = id.rawValue
            $0.priceMinor = price
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.changeProductPrice, request, options: options)
            .map(ProductReceipt.init)
    }

    /// Puts more units of a product into stock. Rejected if its units aren't counted.
    ///
    /// - Parameter units: 1 to 10^12.
    public func restockProduct(
        _ id: ProductID, units: Int64, expectedVersion: UInt64? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<ProductReceipt> {
        let request = Tandem_Orders_V1_RestockProductRequest.with {
            $0.productID = id.rawValue
            $0.units = units
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.restockProduct, request, options: options)
            .map(ProductReceipt.init)
    }

    /// Lets nobody order a product any more. Orders that have it keep it.
    public func retireProduct(
        _ id: ProductID, expectedVersion: UInt64? = nil, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<ProductReceipt> {
        let request = Tandem_Orders_V1_RetireProductRequest.with {
            $0.productID = id.rawValue
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.retireProduct, request, options: options)
            .map(ProductReceipt.init)
    }

    /// Places an order. Rejected if the id is taken, its user or one of its products unknown, or
    /// what is counted of a product not enough.
    public func placeOrder(
        _ order: NewOrder, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        try await send(Orders.placeOrder, order.message, options: options).map(OrderReceipt.init)
    }

    /// Places up to 1,000 orders in one call, each on its own: one that is turned down hinders no
    /// other. What became of each is in the answer, in the same order.
    ///
    /// - Parameters:
    ///   - keys: one for each order, under which it may be sent again, in another call or alone;
    ///     empty: made of the call's key, so that only the same call can be repeated.
    public func placeOrders(
        _ orders: [NewOrder], keys: [IdempotencyKey] = [], options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<[OrderOutcome]> {
        var request = Tandem_Orders_V1_PlaceOrdersRequest()
        request.parts = orders.enumerated().map { index, order in
            .with {
                $0.request = order.message
                if keys.indices.contains(index) { $0.idempotencyKey = .init(keys[index].bytes) }
            }
        }
        return try await send(Orders.placeOrders, request, options: options)
            .map { $0.outcomes.map(OrderOutcome.init) }
    }
}

// The commands that change an order.
extension TandemClient {
    /// Adds an item to an order that is not paid yet; the receipt tells its number.
    public func addItem(
        _ line: NewOrder.Line, to id: OrderID, expectedVersion: UInt64? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_AddOrderItemRequest.with {
            $0.orderID = id.rawValue
            $0.line = line.message
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.addOrderItem, request, options: options)
            .map(OrderReceipt.init)
    }

    /// Changes the quantity of an item of an order that is not paid yet.
    ///
    /// - Parameters:
    ///   - item: the item's number.
    ///   - quantity: 1 to 1,000,000.
    ///   - price: for the whole line, in minor units: needed if the item has no unit price.
    public func changeQuantity(
        ofItem item: UInt32, of id: OrderID, to quantity: UInt32,
        priceMinorUnits price: Int64? = nil, expectedVersion: UInt64? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_ChangeItemQuantityRequest.with {
            $0.orderID = id.rawValue
            $0.item = item
            $0.quantity = quantity
            if let price { $0.priceMinor = price }
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.changeItemQuantity, request, options: options)
            .map(OrderReceipt.init)
    }

    /// Takes an item out of an order that is not paid yet. Its last one stays: cancel the order.
    public func removeItem(
        _ item: UInt32, from id: OrderID, expectedVersion: UInt64? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_RemoveOrderItemRequest.with {
            $0.orderID = id.rawValue
            $0.item = item
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.removeOrderItem, request, options: options)
            .map(OrderReceipt.init)
    }

    /// Records that a placed order was paid.
    public func payOrder(
        _ id: OrderID, expectedVersion: UInt64? = nil, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_PayOrderRequest.with {
            $0.orderID = id.rawValue
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.payOrder, request, options: options).map(OrderReceipt.init)
    }

    /// Records that a paid order was shipped.
    public func shipOrder(
        _ id: OrderID, expectedVersion: UInt64? = nil, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_ShipOrderRequest.with {
            $0.orderID = id.rawValue
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.shipOrder, request, options: options).map(OrderReceipt.init)
    }

    /// Records that a shipped order was delivered.
    public func deliverOrder(
        _ id: OrderID, expectedVersion: UInt64? = nil, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_DeliverOrderRequest.with {
            $0.orderID = id.rawValue
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.deliverOrder, request, options: options).map(OrderReceipt.init)
    }

    /// Cancels an order that has not been shipped.
    ///
    /// - Parameter reason: 200 bytes at most, shown in the order's document.
    public func cancelOrder(
        _ id: OrderID, reason: String = "", expectedVersion: UInt64? = nil,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_CancelOrderRequest.with {
            $0.orderID = id.rawValue
            $0.reason = reason
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.cancelOrder, request, options: options).map(OrderReceipt.init)
    }

    /// Records that a paid, shipped or delivered order was refunded, all of it or a part.
    ///
    /// - Parameters:
    ///   - amount: in minor units; `nil`: all that is left.
    ///   - reason: 200 bytes at most, shown in the order's document.
    public func refundOrder(
        _ id: OrderID, amountMinorUnits amount: Int64? = nil, reason: String = "",
        expectedVersion: UInt64? = nil, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_RefundOrderRequest.with {
            $0.orderID = id.rawValue
            if let amount { $0.amountMinor = amount }
            $0.reason = reason
            if let expectedVersion { $0.expectedVersion = expectedVersion }
        }
        return try await send(Orders.refundOrder, request, options: options).map(OrderReceipt.init)
    }
}
