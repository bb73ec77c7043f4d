public import OrdersEvents
public import Tandem

// What the events are about. Their names in the log are those of their messages.

public protocol UserEvent: Event { var userID: UInt64 { get } }
public protocol ProductEvent: Event { var productID: UInt64 { get } }
public protocol OrderEvent: Event { var orderID: UInt64 { get } }

extension UserEvent {
    public static var stream: EventStream<Self> { EventStream("user", \Self.userID) }
}
extension ProductEvent {
    public static var stream: EventStream<Self> { EventStream("product", \Self.productID) }
}
extension OrderEvent {
    public static var stream: EventStream<Self> { EventStream("order", \Self.orderID) }
}

extension Tandem_Orders_Events_V1_UserRegistered: UserEvent {}
extension Tandem_Orders_Events_V1_UserEmailChanged: UserEvent {}
extension Tandem_Orders_Events_V1_UserRenamed: UserEvent {}
extension Tandem_Orders_Events_V1_ProductAdded: ProductEvent {}
extension Tandem_Orders_Events_V1_ProductPriceChanged: ProductEvent {}
extension Tandem_Orders_Events_V1_ProductRestocked: ProductEvent {}
extension Tandem_Orders_Events_V1_ProductRetired: ProductEvent {}
extension Tandem_Orders_Events_V1_OrderPlaced: OrderEvent {}
extension Tandem_Orders_Events_V1_OrderItemAdded: OrderEvent {}
extension Tandem_Orders_Events_V1_OrderItemQuantityChanged: OrderEvent {}
extension Tandem_Orders_Events_V1_OrderItemRemoved: OrderEvent {}
extension Tandem_Orders_Events_V1_OrderPaid: OrderEvent {}
extension Tandem_Orders_Events_V1_OrderShipped: OrderEvent {}
extension Tandem_Orders_Events_V1_OrderDelivered: OrderEvent {}
extension Tandem_Orders_Events_V1_OrderCancelled: OrderEvent {}
extension Tandem_Orders_Events_V1_OrderRefunded: OrderEvent {}
