public import TandemCore

/// A command about a user that is there.
public protocol UserChange: ChangeRequest { var userID: UInt64 { get set } }
/// A command about a product that is there.
public protocol ProductChange: ChangeRequest { var productID: UInt64 { get set } }
/// A command about an order that is there.
public protocol OrderChange: ChangeRequest { var orderID: UInt64 { get set } }

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
