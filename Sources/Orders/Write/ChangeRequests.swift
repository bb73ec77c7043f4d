import OrdersMessages
import Tandem

/// A command about one thing, whose caller may say which version of it they have seen.
protocol ChangeRequest: Message {
    var hasExpectedVersion: Bool { get }
    var expectedVersion: UInt64 { get }
}

extension ChangeRequest {
    /// `nil`: any.
    var expectation: UInt64? { hasExpectedVersion ? expectedVersion : nil }
}

protocol UserChange: ChangeRequest { var userID: UInt64 { get } }
protocol ProductChange: ChangeRequest { var productID: UInt64 { get } }
protocol OrderChange: ChangeRequest { var orderID: UInt64 { get } }

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
