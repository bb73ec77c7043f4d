public import OrdersEvents
public import Tandem

// What the events are about. Their names in the log are those of their messages.

public protocol UserEvent: Event { var userID: UInt64 { get set } }
public protocol ProductEvent: Event { var productID: UInt64 { get set } }
public protocol OrderEvent: Event { var orderID: UInt64 { get set } }

extension UserEvent {
    public static var stream: EventStream<Self> { EventStream("user", \Self.userID) }
}
extension ProductEvent {
    public static var stream: EventStream<Self> { EventStream("product", \Self.productID) }
}
extension OrderEvent {
    public static var stream: EventStream<Self> { EventStream("order", \Self.orderID) }
}

extension UserRegistered: UserEvent {}
extension UserEmailChanged: UserEvent {}
extension UserRenamed: UserEvent {}
extension ProductAdded: ProductEvent {}
extension ProductPriceChanged: ProductEvent {}
extension ProductRestocked: ProductEvent {}
extension ProductRetired: ProductEvent {}
extension OrderPlaced: OrderEvent {}
extension OrderItemAdded: OrderEvent {}
extension OrderItemQuantityChanged: OrderEvent {}
extension OrderItemRemoved: OrderEvent {}
extension OrderPaid: OrderEvent {}
extension OrderShipped: OrderEvent {}
extension OrderDelivered: OrderEvent {}
extension OrderCancelled: OrderEvent {}
extension OrderRefunded: OrderEvent {}
