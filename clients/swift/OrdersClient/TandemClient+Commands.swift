import OrdersMessages
import SwiftProtobuf
public import TandemClient
import TandemCore

// The commands of the order service. Each throws a TandemError that says whether and how to try
// again; those that may pass by themselves have been tried again until the timeout already.
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
        _ id: UserID, to email: String, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<UserReceipt> {
        let request = Tandem_Orders_V1_ChangeUserEmailRequest.with {
            $0.userID = id.rawValue
            $0.email = email
        }
        return try await send(Orders.changeUserEmail, request, options: options)
            .map(UserReceipt.init)
    }

    /// Changes a user's name, in each of their order documents too.
    public func renameUser(
        _ id: UserID, to name: String, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<UserReceipt> {
        let request = Tandem_Orders_V1_RenameUserRequest.with {
            $0.userID = id.rawValue
            $0.name = name
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
        _ id: ProductID, toMinorUnits price: Int64, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<ProductReceipt> {
        let request = Tandem_Orders_V1_ChangeProductPriceRequest.with {
            $0.productID = id.rawValue
            $0.priceMinor = price
        }
        return try await send(Orders.changeProductPrice, request, options: options)
            .map(ProductReceipt.init)
    }

    /// Places an order. Rejected if the id is taken, or its user or one of its products unknown.
    public func placeOrder(
        _ order: NewOrder, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        try await send(Orders.placeOrder, order.message, options: options).map(OrderReceipt.init)
    }

    /// Records that a placed order was paid.
    public func payOrder(
        _ id: OrderID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_PayOrderRequest.with { $0.orderID = id.rawValue }
        return try await send(Orders.payOrder, request, options: options).map(OrderReceipt.init)
    }

    /// Records that a paid order was shipped.
    public func shipOrder(
        _ id: OrderID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_ShipOrderRequest.with { $0.orderID = id.rawValue }
        return try await send(Orders.shipOrder, request, options: options).map(OrderReceipt.init)
    }

    /// Records that a shipped order was delivered.
    public func deliverOrder(
        _ id: OrderID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_DeliverOrderRequest.with { $0.orderID = id.rawValue }
        return try await send(Orders.deliverOrder, request, options: options).map(OrderReceipt.init)
    }

    /// Cancels an order that has not been shipped.
    public func cancelOrder(
        _ id: OrderID, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<OrderReceipt> {
        let request = Tandem_Orders_V1_CancelOrderRequest.with { $0.orderID = id.rawValue }
        return try await send(Orders.cancelOrder, request, options: options).map(OrderReceipt.init)
    }
}
