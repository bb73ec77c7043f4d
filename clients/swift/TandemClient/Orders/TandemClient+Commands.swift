import EventModel
import OrdersMessages
import SwiftProtobuf

// The commands of the order service. Each throws a TandemError that says whether and how to try
// again; those that may pass by themselves have been tried again until the timeout already.
extension TandemClient {
    /// Registers a user. Rejected if the id or the e-mail address is taken.
    public func registerUser(
        _ user: NewUser, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<UserReceipt> {
        try await command(.registerUser, user.message, options: options)
    }

    /// Changes a user's e-mail address, in each of their order documents too.
    public func changeUserEmail(
        _ id: UserID, to email: String, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<UserReceipt> {
        let request = Tandem_Orders_V1_ChangeUserEmailRequest.with {
            $0.userID = id.rawValue
            $0.email = email
        }
        return try await command(.changeUserEmail, request, options: options)
    }

    /// Changes a user's name, in each of their order documents too.
    public func renameUser(
        _ id: UserID, to name: String, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<UserReceipt> {
        let request = Tandem_Orders_V1_RenameUserRequest.with {
            $0.userID = id.rawValue
            $0.name = name
        }
        return try await command(.renameUser, request, options: options)
    }

    /// Adds a product to the catalogue. Rejected if the id is taken.
    public func addProduct(
        _ product: NewProduct, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<ProductReceipt> {
        try await command(.addProduct, product.message, options: options)
    }

    /// Changes what a unit of a product costs, in the product's own currency. Orders placed before
    /// keep their prices.
    public func changeProductPrice(
        _ id: ProductID, toMinorUnits price: Int64, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<ProductReceipt> {
        let request = Tandem_Orders_V1_ChangeProductPriceRequest.with {
            $0.productID = id.rawValue
            $0.priceMinor = price
        }
        return try await command(.changeProductPrice, request, options: options)
    }

    /// Places an order. Rejected if the id is taken, or its user or one of its products unknown.
    public func placeOrder(
        _ order: NewOrder, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        try await command(.placeOrder, order.message, options: options)
    }

    /// Records that a placed order was paid.
    public func payOrder(
        _ id: OrderID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_PayOrderRequest.with { $0.orderID = id.rawValue }
        return try await command(.payOrder, request, options: options)
    }

    /// Records that a paid order was shipped.
    public func shipOrder(
        _ id: OrderID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_ShipOrderRequest.with { $0.orderID = id.rawValue }
        return try await command(.shipOrder, request, options: options)
    }

    /// Records that a shipped order was delivered.
    public func deliverOrder(
        _ id: OrderID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_DeliverOrderRequest.with { $0.orderID = id.rawValue }
        return try await command(.deliverOrder, request, options: options)
    }

    /// Cancels an order that has not been shipped.
    public func cancelOrder(
        _ id: OrderID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_CancelOrderRequest.with { $0.orderID = id.rawValue }
        return try await command(.cancelOrder, request, options: options)
    }
}
