public import TandemCore

/// A command about a user, product or order that is there.
public protocol ShopChange: ChangeRequest { var subjectID: UInt64 { get } }
/// A command about a user that is there.
public protocol UserChange: ShopChange { var userID: UInt64 { get set } }
/// A command about a product that is there.
public protocol ProductChange: ShopChange { var productID: UInt64 { get set } }
/// A command about an order that is there.
public protocol OrderChange: ShopChange { var orderID: UInt64 { get set } }

extension UserChange {
    /// The user's id.
    public var subjectID: UInt64 { userID }
}
extension ProductChange {
    /// The product's id.
    public var subjectID: UInt64 { productID }
}
extension OrderChange {
    /// The order's id.
    public var subjectID: UInt64 { orderID }
}

extension Tandem_Orders_V1_ChangeUserEmailRequest: UserChange {}
extension Tandem_Orders_V1_RenameUserRequest: UserChange {}
extension Tandem_Orders_V1_ChangeProductPriceRequest: ProductChange {}
extension Tandem_Orders_V1_RestockProductRequest: ProductChange {}
extension Tandem_Orders_V1_RetireProductRequest: ProductChange {}
extension Tandem_Orders_V1_PayOrderRequest: OrderChange {}
extension Tandem_Orders_V1_ShipOrderRequest: OrderChange {}
extension Tandem_Orders_V1_DeliverOrderRequest: OrderChange {}
extension Tandem_Orders_V1_CancelOrderRequest: OrderChange {}
extension Tandem_Orders_V1_RefundOrderRequest: OrderChange {}
extension Tandem_Orders_V1_AddOrderItemRequest: OrderChange {}
extension Tandem_Orders_V1_ChangeItemQuantityRequest: OrderChange {}
extension Tandem_Orders_V1_RemoveOrderItemRequest: OrderChange {}
